package cloud_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"portico/shared/cloud"
)

func TestConnectionsArePostedBelowTheEndpoint(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		path = r.URL.EscapedPath()
	}))
	defer server.Close()

	client, err := cloud.Lazily(server.URL + "/dev").Connections()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PostToConnection(context.Background(),
		&apigatewaymanagementapi.PostToConnectionInput{
			ConnectionId: aws.String("L0SM9cOFvHcCIhw="), Data: []byte("{}"),
		}); err != nil {
		t.Fatal(err)
	}
	if want := "/dev/@connections/L0SM9cOFvHcCIhw%3D"; path != want {
		t.Errorf("path = %q, want %q", path, want)
	}
}

func TestAClientIsOpenedOnce(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	services := cloud.Lazily("https://example.com/dev")
	first, err := services.DynamoDB()
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := services.DynamoDB(); first != second {
		t.Error("two clients were opened")
	}
}
