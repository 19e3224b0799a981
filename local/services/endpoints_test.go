package services_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/services"
)

func TestEndpoints(t *testing.T) {
	environment := []string{
		"AWS_ENDPOINT_URL_SQS=http://localhost:9324/", "AWS_ENDPOINT_URL_DYNAMODB=", "PATH=/bin",
		"AWS_ENDPOINT_URLS=nonsense",
	}
	settings := map[string]string{
		"sqs": "http://elsewhere:1", "cognito-identity-provider": "https://pools:2",
	}
	tests := []struct {
		name, service, want, wantErr string
	}{
		{"a variable wins over the file", "sqs", "http://localhost:9324", ""},
		{"the SDK's spelling", "COGNITO_IDENTITY_PROVIDER", "https://pools:2", ""},
		{"the service's own name", "Cognito Identity Provider", "https://pools:2", ""},
		{"an empty variable is none", "dynamodb", "", "AWS_ENDPOINT_URL_DYNAMODB"},
		{"a missing one names the file's key", "events", "", "endpoints.events in portico.yaml"},
	}
	endpoints, err := services.NewEndpoints(environment, settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := endpoints.Lookup(test.service)
			if got != test.want {
				t.Errorf("endpoint %q, want %q", got, test.want)
			}
			if test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("error = %v, want one that names %s", err, test.wantErr)
			}
		})
	}
	want := map[string]string{
		"AWS_ENDPOINT_URL_SQS":                       "http://localhost:9324",
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "https://pools:2",
	}
	if diff := cmp.Diff(want, endpoints.Environment()); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestEndpointsForEveryService(t *testing.T) {
	endpoints, err := services.NewEndpoints([]string{"AWS_ENDPOINT_URL=http://localhost:4566"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := endpoints.Lookup("sqs"); err != nil || got != "http://localhost:4566" {
		t.Errorf("endpoint %q, error %v", got, err)
	}
}

func TestEndpointsMustBeURLs(t *testing.T) {
	_, err := services.NewEndpoints(nil, map[string]string{"sqs": "localhost:9324"})
	if err == nil || !strings.Contains(err.Error(), "endpoints.sqs") {
		t.Errorf("error = %v, want one that names the setting", err)
	}
}
