package control_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// askParameters calls Parameter Store: "GetParameter {…}".
func askParameters(c *client, line string) (int, string) {
	operation, body, _ := strings.Cut(line, " ")
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	request.Header.Set("X-Amz-Target", "AmazonSSM."+operation)
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/ssm/aws4_request")
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	text, err := io.ReadAll(recorder.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return recorder.Code, string(text)
}

func TestParameters(t *testing.T) {
	c := newClient(t, t.TempDir())
	for _, row := range []struct {
		call   string
		status int
		want   string
	}{
		{`PutParameter {"Name":"/app/a","Value":"1","Type":"String","Tags":[{"Key":"k","Value":"v"}]}`, 200, `{"Version":1,"Tier":"Standard"}`},
		{`PutParameter {"Name":"/app/a","Value":"2","Type":"String"}`, 400, `"__type":"ParameterAlreadyExists","message":"The parameter already exists. To overwrite this value, set the overwrite option in the request to true."`},
		{`PutParameter {"Name":"/app/a","Value":"2","Overwrite":true}`, 200, `{"Version":2,"Tier":"Standard"}`},
		{`PutParameter {"Name":"/app/b/c","Value":"3","Type":"StringList"}`, 200, `"Version":1`},
		{`PutParameter {"Name":"/app/s","Value":"hidden","Type":"SecureString"}`, 200, `"Version":1`},
		{`PutParameter {"Name":"/app/new","Value":"x"}`, 400, "A parameter type is required when you create a parameter."},
		{`PutParameter {"Name":"app/x","Value":"x","Type":"String"}`, 400, "Parameter name must be a fully qualified name."},
		{`PutParameter {"Name":"/aws/x","Value":"x","Type":"String"}`, 400, "AccessDeniedException"},
		{`PutParameter {"Name":"/p","Value":"x","Type":"String","AllowedPattern":"\\d+"}`, 400, "Parameter value, x, doesn't match the allowedPattern"},
		{`GetParameter {"Name":"/app/a"}`, 200, `"Value":"2","Version":2`},
		{`GetParameter {"Name":"/app/a:1"}`, 200, `"Value":"1","Version":1,"Selector":":1"`},
		{`GetParameter {"Name":"/app/a:9"}`, 400, "ParameterVersionNotFound"},
		{`GetParameter {"Name":"arn:aws:ssm:us-east-1:123456789012:parameter/app/a"}`, 200, `"ARN":"arn:aws:ssm:us-east-1:123456789012:parameter/app/a"`},
		{`GetParameter {"Name":"/none"}`, 400, `{"__type":"ParameterNotFound"`},
		{`GetParameter {"Name":"/app/s","WithDecryption":true}`, 200, `"Value":"hidden"`},
		{`GetParameters {"Names":["/app/a","/none"]}`, 200, `"InvalidParameters":["/none"]`},
		{`GetParametersByPath {"Path":"/app"}`, 200, `"Name":"/app/s"`},
		{`GetParametersByPath {"Path":"/app","Recursive":true,"MaxResults":1}`, 200, `"NextToken":"1"`},
		{`DescribeParameters {"ParameterFilters":[{"Key":"Name","Option":"BeginsWith","Values":["/app/b"]}]}`, 200, `"Name":"/app/b/c"`},
		{`DescribeParameters {"ParameterFilters":[{"Key":"Nothing","Values":["x"]}]}`, 400, "ValidationException"},
		{`ListTagsForResource {"ResourceType":"Parameter","ResourceId":"/app/a"}`, 200, `{"TagList":[{"Key":"k","Value":"v"}]}`},
		{`AddTagsToResource {"ResourceType":"Parameter","ResourceId":"/none","Tags":[{"Key":"k","Value":"v"}]}`, 400, "InvalidResourceId"},
		{`GetParameterHistory {"Name":"/app/a"}`, 200, `"Value":"1"`},
		{`DeleteParameters {"Names":["/app/a","/none"]}`, 200, `{"DeletedParameters":["/app/a"],"InvalidParameters":["/none"]}`},
		{`DeleteParameter {"Name":"/app/a"}`, 400, "ParameterNotFound"},
		{`LabelParameterVersion {"Name":"/app/a"}`, 501, "NotImplemented"},
	} {
		status, text := askParameters(c, row.call)
		if status != row.status || !strings.Contains(text, row.want) {
			t.Errorf("%s answers %d %s, want %d %s", row.call, status, text, row.status, row.want)
		}
	}
	if _, text := askParameters(c, `GetParameter {"Name":"/app/s"}`); strings.Contains(text, "hidden") {
		t.Errorf("without decryption a SecureString is %s", text)
	}
}
