package control_test

import (
	"io"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/openapi"
)

func TestAnExport(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	const export = "GET /restapis/<api>/stages/dev/exports/"
	response := c.send(export+"oas30?extensions=apigateway", "")
	text, _ := io.ReadAll(response.Body)
	for name, want := range map[string]string{
		"Content-Type":        "application/octet-stream",
		"Content-Disposition": `attachment; filename="oas30_2023-11-14T22:13:20Z.json"`,
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	document, err := openapi.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	imported, err := document.REST(api.REST{ID: "x"}, openapi.Options{})
	if err != nil || imported.API.Resources[1].Methods["GET"].Integration.Type != "MOCK" {
		t.Errorf("%v: the export is\n%s", err, text)
	}
	c.do("DELETE /restapis/<api>/resources/<pets>/methods/GET", "") // the stage serves what was deployed
	for _, step := range []struct {
		line, want string
		status     int
	}{
		{export + "swagger", `"basePath" : "/dev"`, 200},
		{export + "swagger", `"get" : {`, 200},
		{export + "raml", "No API exporter found for type 'raml'", 400},
		{export + "swagger?extensions=nonsense", "allowed are apigateway, integrations", 400},
		{"GET /restapis/<api>/stages/gone/exports/oas30", "Invalid stage identifier specified", 404},
	} {
		if status, text := c.text(step.line, ""); status != step.status || !strings.Contains(text, step.want) {
			t.Errorf("%s answers %d %s, want %d %s", step.line, status, text, step.status, step.want)
		}
	}
}

func TestDocumentationIsImportedVersionedAndExported(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	const parts = "PUT /restapis/<api>/documentation/parts?mode="
	document := func(properties string) string {
		return `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{},` +
			`"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"API"},` +
			`"properties":` + properties + `}]}}`
	}
	first := c.do(parts+"merge", document(`{"a":1}`))["ids"].([]any)
	again := c.do(parts+"merge", document(`{"b":2}`))["ids"].([]any)
	if len(first) != 1 || len(again) != 1 || first[0] != again[0] {
		t.Errorf("imported %v, then %v", first, again)
	}
	c.do("POST /restapis/<api>/documentation/versions", `{"documentationVersion":"v1","stageName":"dev"}`)
	c.do(parts+"overwrite", document(`{"c":3}`))
	if _, text := c.text("GET /restapis/<api>/documentation/parts", ""); !strings.Contains(text,
		`"properties":"{\"c\":3}"`) {
		t.Errorf("overwritten parts are %s", text)
	}
	_, text := c.text("GET /restapis/<api>/stages/dev/exports/oas30?extensions=documentation", "")
	for _, want := range []string{`"version" : "v1"`, `"a" : 1`, `"b" : 2`} {
		if !strings.Contains(text, want) {
			t.Errorf("the export has no %s: %s", want, text)
		}
	}
	if status, text := c.text(parts+"merge", "{"); status != 400 ||
		!strings.Contains(text, "Unable to build importer with provided input.") {
		t.Errorf("a broken document answers %d %s", status, text)
	}
}

func TestUsageOfAKey(t *testing.T) {
	c := newClient(t, "")
	c.names["key"] = c.do("POST /apikeys", `{"name":"k","enabled":true}`)["id"].(string)
	c.names["plan"] = c.do("POST /usageplans", `{"name":"p","quota":{"limit":10,"period":"DAY"}}`)["id"].(string)
	c.do("POST /usageplans/<plan>/keys", `{"keyId":"<key>","keyType":"API_KEY"}`)
	const days = "/usage?startDate=2023-11-14&endDate=2023-11-14&keyId=<key>"
	if _, text := c.text("GET /usageplans/<plan>"+days, ""); text != `{"usagePlanId":"<plan>",`+
		`"startDate":"2023-11-14","endDate":"2023-11-14","values":{"<key>":[[0,10]]}}` {
		t.Errorf("the usage is %s", text)
	}
	c.do("PATCH /usageplans/<plan>/keys/<key>/usage",
		`{"patchOperations":[{"op":"replace","path":"/remaining","value":"3"}]}`)
	if _, text := c.text("GET /usageplans/<plan>"+days, ""); !strings.Contains(text, `[[0,3]]`) {
		t.Errorf("after an update the usage is %s", text)
	}
	const nobody = "/usage?startDate=2023-11-14&endDate=2023-11-14&keyId=x"
	for line, want := range map[string]string{
		"GET /usageplans/gone" + days:                                 "Invalid Usage Plan ID specified",
		"GET /usageplans/<plan>/usage?startDate=x&endDate=2023-11-14": `start date \"x\"`,
		"GET /usageplans/<plan>" + nobody:                             "Invalid API Key identifier",
	} {
		if status, text := c.text(line, ""); status < 400 || !strings.Contains(text, want) {
			t.Errorf("%s answers %d %s, want %s", line, status, text, want)
		}
	}
}

func TestAClientCertificate(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	made := c.do("POST /clientcertificates", `{"description":"d"}`)
	c.names["certificate"] = made["clientCertificateId"].(string)
	if made["pemEncodedCertificate"] != "of "+c.names["certificate"] {
		t.Errorf("generated %v", made)
	}
	listed := `"pemEncodedCertificate":"of <certificate>"` // as in the example of get-client-certificates
	if _, text := c.text("GET /clientcertificates", ""); !strings.Contains(text, listed) {
		t.Errorf("the list is %s", text)
	}
	stage := `{"patchOperations":[{"op":"replace","path":"/clientCertificateId","value":"<certificate>"}]}`
	c.do("PATCH /restapis/<api>/stages/dev", stage)
	if status, text := c.text("DELETE /clientcertificates/<certificate>", ""); status != 400 ||
		!strings.Contains(text, "is in use by stage dev") {
		t.Errorf("deleting a certificate in use answers %d %s", status, text)
	}
	if got := c.served().Stages[0].ClientCertificateID; got != c.names["certificate"] {
		t.Errorf("the stage presents %q", got)
	}
	c.do("PATCH /restapis/<api>/stages/dev", strings.ReplaceAll(stage, "<certificate>", ""))
	c.do("DELETE /clientcertificates/<certificate>", "")
	if status, text := c.text("GET /clientcertificates/<certificate>", ""); status != 404 {
		t.Errorf("a deleted certificate answers %d %s", status, text)
	}
}

func TestAnAuthorizerIsTestedAndFlushed(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	c.host.answer = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[]},` +
		`"context":{"tenant":"t1"}}`
	c.names["authorizer"] = c.do("POST /restapis/<api>/authorizers", `{"name":"a","type":"TOKEN",`+
		`"identitySource":"method.request.header.Auth","authorizerUri":"arn:aws:apigateway:us-east-1:`+
		`lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}`,
	)["id"].(string)
	const test = "POST /restapis/<api>/authorizers/<authorizer>"
	got := c.do(test, `{"headers":{"Auth":"token"}}`)
	if got["clientStatus"] != 0.0 || got["principalId"] != "me" ||
		got["policy"] != `{"Version":"2012-10-17","Statement":[]}` ||
		!strings.Contains(got["log"].(string), "Starting authorizer: "+c.names["authorizer"]) {
		t.Errorf("the test answers %v", got)
	}
	if want := `{"type":"TOKEN","authorizationToken":"token","methodArn":"arn:aws:execute-api:us-east-1:` +
		`123456789012:` + c.names["api"] + `/ESTestInvoke-stage/GET/"}`; c.host.asked != want {
		t.Errorf("the function was asked %s, want %s", c.host.asked, want)
	}
	if got := c.do(test, `{}`); got["clientStatus"] != 401.0 {
		t.Errorf("without a token the test answers %v", got)
	}
	c.do("DELETE /restapis/<api>/stages/dev/cache/authorizers", "")
	if len(c.host.flushed) != 1 {
		t.Errorf("flushed %v", c.host.flushed)
	}
}
