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

func FuzzAnswerAsAsked(f *testing.F) {
	f.Add([]byte(`<XResponse><a b="c">d</a></XResponse>`))
	f.Fuzz(func(_ *testing.T, body []byte) {
		integration.AnswerAsAsked("application/json", integration.HTTPResponse{
			Body: body, Header: exchange.Header{{Name: "Content-Type", Value: "text/xml"}},
		})
	})
}
