package payload

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

// recorded is the certificate in aws-lambda-go's apigw-v2-request-no-authorizer.json.
var recorded = &exchange.ClientCertificate{
	PEM:          "-----BEGIN CERTIFICATE-----\nMIIEZTCCAk0CAQEwDQ...",
	SubjectDN:    "C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My Client",
	IssuerDN:     "C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My Private CA",
	SerialNumber: "1",
	NotBefore:    "Aug 29 00:28:21 2020 GMT", NotAfter: "Aug  5 00:28:21 2120 GMT",
}

func variablesWithCertificate() *exchange.Variables {
	return &exchange.Variables{
		RequestTime: time.Unix(0, 0), SourceIP: "1.2.3.4", ClientCertificate: recorded,
	}
}

func TestFormat20ShowsTheCertificateAsRecorded(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "events", "testdata",
		"apigw-v2-request-no-authorizer.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want, got events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	event := AppendHTTP20(nil, &HTTPCall{
		Request: &exchange.Request{RawPath: "/"}, Variables: variablesWithCertificate(),
	})
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatalf("%v: %s", err, event)
	}
	if diff := cmp.Diff(want.RequestContext.Authentication, got.RequestContext.Authentication); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheIdentityOfFormat10HasTheCertificate(t *testing.T) {
	v := variablesWithCertificate()
	http := AppendHTTP10(nil, &HTTPCall{Request: &exchange.Request{RawPath: "/"}, Variables: v})
	plain := (&REST{Variables: v, Path: "/"}).AppendEvent(nil)
	keyed := (&REST{Variables: v, Path: "/", WithAPIKey: true}).AppendEvent(nil)
	for name, event := range map[string][]byte{"HTTP": http, "REST": plain, "REST with API key": keyed} {
		var got struct {
			RequestContext struct {
				Identity struct {
					APIKey     *string
					SourceIP   string
					ClientCert events.APIGatewayCustomAuthorizerRequestTypeRequestIdentityClientCert
				}
			}
		}
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatalf("%s: %v: %s", name, err, event)
		}
		identity := got.RequestContext.Identity
		want := events.APIGatewayCustomAuthorizerRequestTypeRequestIdentityClientCert{
			ClientCertPem: recorded.PEM, SubjectDN: recorded.SubjectDN, IssuerDN: recorded.IssuerDN,
			SerialNumber: "1",
			Validity: events.APIGatewayCustomAuthorizerRequestTypeRequestIdentityClientCertValidity{
				NotAfter: recorded.NotAfter, NotBefore: recorded.NotBefore,
			},
		}
		if diff := cmp.Diff(want, identity.ClientCert); diff != "" || identity.SourceIP != "1.2.3.4" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
		if strings.Contains(string(event), `"apiKey"`) != (name == "REST with API key") {
			t.Errorf("%s: got %s", name, event)
		}
	}
}
