package test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"portico/local/runner"
)

// answers wants a call to be answered with a body, by the API's host and by its path.
func answers(t *testing.T, r *runner.Runner, id, stage, want string) {
	t.Helper()
	for _, m := range []outgoing{
		{line: "GET /" + stage + "/x", host: id + ".execute-api.localhost"},
		{line: "GET /restapis/" + id + "/" + stage + "/_user_request_/x"},
	} {
		if status, text := dispatch(t, r, m); status != http.StatusOK || text != want {
			t.Errorf("%s of %q is answered %d %s, want %s", m.line, m.host, status, text, want)
		}
	}
}

// TestADeploymentIsInEffectForTheNextCall deploys REST and HTTP APIs anew and calls each at once.
func TestADeploymentIsInEffectForTheNextCall(t *testing.T) {
	r := startV2(t)
	rest := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	for _, reply := range []string{"one", "two", "three"} {
		manage(t, r, "PUT /restapis/"+rest+"?mode=overwrite",
			strings.ReplaceAll(mockDocument, `"application/json":"ok"`, `"application/json":"`+reply+`"`))
		manage(t, r, "POST /restapis/"+rest+"/deployments", `{"stageName":"dev"}`)
		answers(t, r, rest, "dev", reply)
	}
	api := member(manage(t, r, "POST /v2/apis", `{"name":"h","protocolType":"HTTP"}`), "apiId")
	at := "/v2/apis/" + api
	manage(t, r, "POST "+at+"/stages", `{"stageName":"dev"}`)
	for i, path := range []string{"/one", "/two"} {
		integration := member(manage(t, r, "POST "+at+"/integrations", `{"integrationType":"HTTP_PROXY",`+
			`"integrationMethod":"GET","integrationUri":"https://backend.example.com`+path+
			`","payloadFormatVersion":"1.0"}`), "integrationId")
		if i == 0 {
			manage(t, r, "POST "+at+"/routes", `{"routeKey":"GET /x","target":"integrations/`+integration+`"}`)
		} else {
			route := member(manage(t, r, "GET "+at+"/routes", ""), "routeId")
			manage(t, r, "PATCH "+at+"/routes/"+route, `{"target":"integrations/`+integration+`"}`)
		}
		manage(t, r, "POST "+at+"/deployments", `{"stageName":"dev"}`)
		answers(t, r, api, "dev", "GET "+path)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestADomainIsOfBothManagementAPIs makes custom domain names through each API of API Gateway, and
// maps and deletes them through the other.
func TestADomainIsOfBothManagementAPIs(t *testing.T) {
	r := startV2(t)
	path := deployed(t, r)
	api := strings.Split(path, "/")[2]
	manage(t, r, "POST /domainnames",
		`{"domainName":"first.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
	manage(t, r, "POST /v2/domainnames", `{"domainName":"second.example.com","domainNameConfigurations":`+
		`[{"certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a","endpointType":"REGIONAL"}]}`)
	calls := func(domain, path string, want int) {
		t.Helper()
		if status, text := visitAs(t, r, domain, path); status != want {
			t.Errorf("%s%s is answered %d %s, want %d", domain, path, status, text, want)
		}
	}
	at := "/v2/domainnames/first.example.com/apimappings"
	id := member(manage(t, r, "POST "+at, `{"apiId":"`+api+`","stage":"dev","apiMappingKey":"a/b"}`),
		"apiMappingId")
	calls("first.example.com", "/a/b/x", http.StatusOK)
	moved := manage(t, r, "PATCH "+at+"/"+id, `{"apiId":"`+api+`","apiMappingKey":"c"}`)
	calls("first.example.com", "/a/b/x", http.StatusForbidden)
	calls("first.example.com", "/c/x", http.StatusOK)
	manage(t, r, "DELETE "+at+"/"+member(moved, "apiMappingId"), "")
	calls("first.example.com", "/c/x", http.StatusForbidden)
	manage(t, r, "DELETE /v2/domainnames/first.example.com", "")

	at = "/domainnames/second.example.com/basepathmappings"
	manage(t, r, "POST "+at, `{"basePath":"v1","restApiId":"`+api+`","stage":"dev"}`)
	calls("second.example.com", "/v1/x", http.StatusOK)
	manage(t, r, "PATCH "+at+"/v1",
		`{"patchOperations":[{"op":"replace","path":"/basePath","value":"v2"}]}`)
	calls("second.example.com", "/v2/x", http.StatusOK)
	manage(t, r, "DELETE "+at+"/v2", "")
	calls("second.example.com", "/v2/x", http.StatusForbidden)
	manage(t, r, "DELETE /domainnames/second.example.com", "")
	for _, list := range []string{"GET /domainnames", "GET /v2/domainnames"} {
		if text := manage(t, r, list, ""); strings.Contains(text, "example.com") {
			t.Errorf("after they were deleted %s answers %s", list, text)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestATruststoreIsReadFromABucket makes a domain with mutual TLS whose truststore was put to S3, and
// refuses one that was not.
func TestATruststoreIsReadFromABucket(t *testing.T) {
	r := onTemplate(t)
	file, err := runner.AuthorityFile(t.Context(),
		runner.Options{Dir: t.TempDir(), Empty: true, State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	domain := func(version, bucket string) outgoing {
		return map[string]outgoing{
			"first": {
				line: "POST /domainnames", service: "apigateway", body: `{"domainName":"one.example.com",` +
					`"securityPolicy":"TLS_1_2","endpointConfiguration":{"types":["REGIONAL"]},` +
					`"mutualTlsAuthentication":{"truststoreUri":"s3://` + bucket + `/trust.pem"}}`,
			},
			"second": {
				line: "POST /v2/domainnames", service: "apigateway", body: `{"domainName":"two.example.com",` +
					`"domainNameConfigurations":[{"certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a",` +
					`"endpointType":"REGIONAL","securityPolicy":"TLS_1_2"}],` +
					`"mutualTlsAuthentication":{"truststoreUri":"s3://` + bucket + `/trust.pem"}}`,
			},
		}[version]
	}
	for _, m := range []outgoing{
		{line: "PUT /trusted", service: "s3"}, {line: "PUT /trusted/trust.pem", body: string(certificate), service: "s3"},
	} {
		if status, text := dispatch(t, r, m); status != http.StatusOK {
			t.Fatalf("%s answers %d %s", m.line, status, text)
		}
	}
	for _, version := range []string{"first", "second"} {
		if status, text := dispatch(t, r, domain(version, "absent")); status != http.StatusBadRequest {
			t.Errorf("%s, a bucket that there is not: %d %s", version, status, text)
		}
		if status, text := dispatch(t, r, domain(version, "trusted")); status != http.StatusCreated {
			t.Errorf("%s: %d %s", version, status, text)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestCodeComesFromABucket creates a function of an object, and names what is absent as S3 does.
func TestCodeComesFromABucket(t *testing.T) {
	r := onTemplate(t)
	create := func(key string) outgoing {
		bucket, key, _ := strings.Cut(key, "/")
		return outgoing{line: "POST /2015-03-31/functions", service: "lambda", body: `{"FunctionName":"f",` +
			`"Runtime":"provided.al2023","Handler":"b","Role":"arn:aws:iam::123456789012:role/r",` +
			`"Code":{"S3Bucket":"` + bucket + `","S3Key":"` + key + `"}}`}
	}
	dispatch(t, r, outgoing{line: "PUT /code", service: "s3"})
	for _, row := range []struct{ key, want string }{
		{"nowhere/f.zip", "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
		{"code/none.zip", "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."},
	} {
		if status, text := dispatch(t, r, create(row.key)); status != 400 || !strings.Contains(text, row.want) {
			t.Errorf("%s: %d %s, want %s", row.key, status, text, row.want)
		}
	}
	put := outgoing{line: "PUT /code/f.zip", service: "s3", body: "no zip"}
	if status, text := dispatch(t, r, put); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	want := "Could not unzip uploaded file"
	if status, text := dispatch(t, r, create("code/f.zip")); status != 400 || !strings.Contains(text, want) {
		t.Errorf("%d %s, want %s", status, text, want)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestWhatAMappingMayLeadTo holds mappings of the other API's domains against what each API takes.
func TestWhatAMappingMayLeadTo(t *testing.T) {
	r := startV2(t)
	rest := strings.Split(deployed(t, r), "/")[2]
	web := member(manage(t, r, "POST /v2/apis",
		`{"name":"h","protocolType":"HTTP","target":"https://backend.example.com"}`), "apiId")
	socket := member(manage(t, r, "POST /v2/apis", `{"name":"w","protocolType":"WEBSOCKET",`+
		`"routeSelectionExpression":"$request.body.action"}`), "apiId")
	manage(t, r, "POST /v2/apis/"+socket+"/stages", `{"stageName":"dev"}`)
	manage(t, r, "POST /domainnames",
		`{"domainName":"first.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
	manage(t, r, "POST /v2/domainnames", `{"domainName":"second.example.com","domainNameConfigurations":`+
		`[{"certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a","endpointType":"REGIONAL"}]}`)
	first, second := "POST /v2/domainnames/first.example.com/apimappings",
		"POST /domainnames/second.example.com/basepathmappings"
	for _, row := range []struct {
		name, line, body string
		status           int
		want             string
	}{
		{
			"apigateway maps no HTTP API", second, `{"basePath":"h","restApiId":"` + web + `","stage":"$default"}`,
			400, "Invalid REST API identifier specified",
		},
		{
			"apigateway takes no path of two levels", second, `{"basePath":"a/b","restApiId":"` + rest + `"}`,
			400, "API Gateway V1 doesn't support the slash character",
		},
		{
			"apigatewayv2 maps an HTTP API", first, `{"apiMappingKey":"h","apiId":"` + web + `","stage":"$default"}`,
			201, `"apiMappingKey":"h"`,
		},
		{
			"a key is taken", first, `{"apiMappingKey":"h","apiId":"` + rest + `","stage":"dev"}`,
			409, "Base path already exists for this domain name",
		},
		{
			"a WebSocket API beside an HTTP API", first,
			`{"apiMappingKey":"w","apiId":"` + socket + `","stage":"dev"}`,
			400, "a WebSocket API cannot share the domain",
		},
		{
			"a stage that there is not", first, `{"apiMappingKey":"s","apiId":"` + web + `","stage":"prod"}`,
			400, "Invalid stage identifier specified",
		},
		{
			"an API that a domain of the other API leads to", "DELETE /v2/apis/" + web, "",
			400, "first.example.com",
		},
	} {
		status, text := dispatch(t, r, outgoing{line: row.line, body: row.body, service: "apigateway"})
		if status != row.status || !strings.Contains(text, row.want) {
			t.Errorf("%s: %d %s, want %d %s", row.name, status, text, row.status, row.want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
