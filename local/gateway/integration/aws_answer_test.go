package integration_test

import (
	"testing"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

func TestAnswersOfTheQueryProtocolAreAsAsked(t *testing.T) {
	const sent = `<?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">
  <SendMessageResult><MD5OfMessageBody>m</MD5OfMessageBody><MessageId>5fea7756</MessageId></SendMessageResult>
  <ResponseMetadata><RequestId>27daac76</RequestId></ResponseMetadata></SendMessageResponse>`
	tests := []struct{ name, accept, contentType, body, want, wantType string }{
		{
			"XML becomes the JSON that AWS answers", "application/json", "text/xml", sent,
			`{"SendMessageResponse":{"SendMessageResult":{"MD5OfMessageBody":"m","MessageId":"5fea7756"},` +
				`"ResponseMetadata":{"RequestId":"27daac76"}}}`,
			"application/json",
		},
		{"XML stays where XML was asked for", "application/xml", "text/xml", sent, sent, "text/xml"},
		{"JSON stays", "application/json", "application/json", `{"a":1}`, `{"a":1}`, "application/json"},
		{
			"another document stays", "application/json", "application/xml",
			`<ListBucketResult><Name>b</Name></ListBucketResult>`,
			`<ListBucketResult><Name>b</Name></ListBucketResult>`, "application/xml",
		},
		{"broken XML stays", "application/json", "text/xml", `<XResponse>`, `<XResponse>`, "text/xml"},
		{
			"elements of one name become a list", "application/json", "text/xml",
			`<XResponse><m>1</m><n>é"</n><m>2</m></XResponse>`, `{"XResponse":{"m":["1","2"],"n":"é\""}}`,
			"application/json",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := integration.AnswerAsAsked(test.accept, integration.HTTPResponse{
				Status: 200, Body: []byte(test.body),
				Header: exchange.Header{{Name: "Content-Type", Value: test.contentType}},
			})
			if string(got.Body) != test.want || got.Header.Get("Content-Type") != test.wantType {
				t.Errorf("got %s %s, want %s %s", got.Header.Get("Content-Type"), got.Body,
					test.wantType, test.want)
			}
		})
	}
}

// The form of the answer is that of spec control-plane.md §22.
func TestAnswersOfSSMAreThoseOfItsOldProtocol(t *testing.T) {
	const sent = ` {"Parameter": {"Name": "n", "Value": "v"}} `
	const wrapped = `{"GetParameterResponse":{"GetParameterResult":{"Parameter": {"Name": "n", "Value": "v"}},` +
		`"ResponseMetadata":{"RequestId":"r-1"}}}`
	for _, r := range []struct {
		name, action, accept string
		status               int
		body, want           string
	}{
		{"an emulator's answer", "action/GetParameter", "application/json", 200, sent, wrapped},
		{"an answer of AWS's form", "action/GetParameter", "application/json", 200, wrapped, wrapped},
		{"a refusal", "action/GetParameter", "application/json", 400, sent, sent},
		{"what is no JSON", "action/GetParameter", "application/json", 200, "{x", "{x"},
		{"an answer that is no object", "action/GetParameter", "application/json", 200, "[]", "[]"},
		{"a call by path", "path/", "application/json", 200, sent, sent},
		{"XML was asked for", "action/GetParameter", "application/xml", 200, sent, sent},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := service(t, "POST", "arn:aws:apigateway:us-east-1:ssm:"+r.action, endpoints{})
			got := b.Answer(&integration.HTTPRequest{Header: fields("Accept", r.accept)}, integration.HTTPResponse{
				Status: r.status, Body: []byte(r.body),
				Header: fields("Content-Type", "application/x-amz-json-1.1", "x-amzn-RequestId", "r-1"),
			})
			if string(got.Body) != r.want || got.Status != r.status {
				t.Errorf("got %d %s, want %s", got.Status, got.Body, r.want)
			}
		})
	}
}

func FuzzAnswerAsAsked(f *testing.F) {
	f.Add([]byte(`<XResponse><a b="c">d</a></XResponse>`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		integration.AnswerAsAsked("application/json", integration.HTTPResponse{
			Body: body, Header: exchange.Header{{Name: "Content-Type", Value: "text/xml"}},
		})
	})
}
