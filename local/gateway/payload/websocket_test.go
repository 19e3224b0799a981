package payload_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// webSocketVariables are those of the recorded events in aws-lambda-go's testdata.
func webSocketVariables() *exchange.Variables {
	return &exchange.Variables{
		APIID: "dl7ptocha9", Stage: "prod",
		DomainName: "dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com",
		RequestID:  "R1koeHsUtjMFbRw=", ExtendedRequestID: "R1koeHsUtjMFbRw=",
		RequestTime: time.UnixMilli(1705751708326), SourceIP: "49.105.91.154",
		UserAgent: "Mozilla/5.0", ConnectionID: "R1kmxc2VNjMCFIA=",
		ConnectedAt: time.UnixMilli(1705751697419),
	}
}

const webSocketContext = `"extendedRequestId":"R1koeHsUtjMFbRw=",` +
	`"requestTime":"20/Jan/2024:11:55:08 +0000","messageDirection":"IN",`

const webSocketContextEnd = `"stage":"prod","connectedAt":1705751697419,` +
	`"requestTimeEpoch":1705751708326,"identity":{"userAgent":"Mozilla/5.0",` +
	`"sourceIp":"49.105.91.154"},"requestId":"R1koeHsUtjMFbRw=",` +
	`"domainName":"dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com",` +
	`"connectionId":"R1kmxc2VNjMCFIA=","apiId":"dl7ptocha9"}`

func webSocketUpgrade() *exchange.Request {
	return &exchange.Request{
		RawQuery: "token=a%20b&tag=1&tag=2",
		Header: exchange.Header{
			{Name: "Host", Value: "h"},
			{Name: "Connection", Value: "Upgrade"},
			{Name: "Upgrade", Value: "websocket"},
			{Name: "Cookie", Value: "a=1"},
			{Name: "cookie", Value: "b=2"},
		},
	}
}

func TestWebSocketEvents(t *testing.T) {
	connectHeaders := `"headers":{"Host":"h","Cookie":"b=2"},` +
		`"multiValueHeaders":{"Host":["h"],"Cookie":["a=1","b=2"]},` +
		`"queryStringParameters":{"token":"a b","tag":"2"},` +
		`"multiValueQueryStringParameters":{"token":["a b"],"tag":["1","2"]},`
	tests := []struct {
		name string
		make func(v *exchange.Variables) []byte
		want string
	}{
		{
			"connect carries the upgrade's headers and query, and no body",
			func(v *exchange.Variables) []byte {
				v.RouteKey, v.EventType = "$connect", "CONNECT"
				return payload.WebSocketConnect(webSocketUpgrade(), v, map[string]string{"a": "b"})
			},
			`{` + connectHeaders + `"stageVariables":{"a":"b"},"requestContext":{` +
				`"routeKey":"$connect","eventType":"CONNECT",` + webSocketContext +
				webSocketContextEnd + `,"isBase64Encoded":false}`,
		},
		{
			"connect without a query has no query fields",
			func(v *exchange.Variables) []byte {
				v.RouteKey, v.EventType = "$connect", "CONNECT"
				return payload.WebSocketConnect(&exchange.Request{}, v, nil)
			},
			`{"headers":{},"multiValueHeaders":{},"requestContext":{` +
				`"routeKey":"$connect","eventType":"CONNECT",` + webSocketContext +
				webSocketContextEnd + `,"isBase64Encoded":false}`,
		},
		{
			"a message has a body and what the authorizer said, as strings",
			func(v *exchange.Variables) []byte {
				v.RouteKey, v.EventType, v.MessageID = "$default", "MESSAGE", "R1knPc2ntjMCFIA="
				v.PrincipalID, v.AuthorizerLatency = "ada", 3*time.Millisecond
				v.Authorizer = map[string]any{"tenant": "t", "admin": true, "n": json.Number("1.50")}
				return payload.WebSocketMessage("{\r\n\t\"a\": 1\r\n}", v, nil)
			},
			`{"requestContext":{"routeKey":"$default","authorizer":{"principalId":"ada",` +
				`"integrationLatency":3,"admin":"true","n":"1.50","tenant":"t"},` +
				`"messageId":"R1knPc2ntjMCFIA=","eventType":"MESSAGE",` + webSocketContext +
				webSocketContextEnd + `,"body":"{\r\n\t\"a\": 1\r\n}","isBase64Encoded":false}`,
		},
		{
			"disconnect has AWS's leftover headers, the code and the reason",
			func(v *exchange.Variables) []byte {
				v.RouteKey, v.EventType = "$disconnect", "DISCONNECT"
				return payload.WebSocketDisconnect(payload.WebSocketClose{Code: 1001}, v, nil)
			},
			`{"headers":{"Host":"dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com",` +
				`"x-api-key":"","X-Forwarded-For":"","x-restapi":""},"multiValueHeaders":{` +
				`"Host":["dl7ptocha9.execute-api.ap-northeast-1.amazonaws.com"],"x-api-key":[""],` +
				`"X-Forwarded-For":[""],"x-restapi":[""]},"requestContext":{` +
				`"routeKey":"$disconnect","disconnectStatusCode":1001,"eventType":"DISCONNECT",` +
				webSocketContext + `"disconnectReason":"",` + webSocketContextEnd +
				`,"isBase64Encoded":false}`,
		},
		{
			"the authorizer's event writes empty maps too",
			func(v *exchange.Variables) []byte {
				v.RouteKey, v.EventType = "$connect", "CONNECT"
				return payload.WebSocketAuthorizer("arn:x/prod/$connect", &exchange.Request{}, v, nil)
			},
			`{"type":"REQUEST","methodArn":"arn:x/prod/$connect","headers":{},` +
				`"multiValueHeaders":{},"queryStringParameters":{},` +
				`"multiValueQueryStringParameters":{},"stageVariables":{},"requestContext":{` +
				`"routeKey":"$connect","eventType":"CONNECT",` + webSocketContext +
				webSocketContextEnd + `}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.make(webSocketVariables())
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			var event events.APIGatewayWebsocketProxyRequest
			if err := json.Unmarshal(got, &event); err != nil {
				t.Errorf("aws-lambda-go cannot read the event: %v", err)
			}
		})
	}
}

func TestReadWebSocketResponse(t *testing.T) {
	tests := []struct {
		name, answer string
		want         payload.WebSocketResponse
		wantErr      string
	}{
		{
			"status, headers and body",
			`{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"p","N":1},"body":"hi"}`,
			payload.WebSocketResponse{Status: 200, Body: "hi", Header: exchange.Header{
				{Name: "N", Value: "1"}, {Name: "Sec-WebSocket-Protocol", Value: "p"},
			}},
			"",
		},
		{
			"multi-value headers win over single ones",
			`{"statusCode":"204","headers":{"A":"0"},"multiValueHeaders":{"A":["1","2"]},"body":null}`,
			payload.WebSocketResponse{Status: 204, Header: exchange.Header{
				{Name: "A", Value: "1"}, {Name: "A", Value: "2"},
			}},
			"",
		},
		{"null has no status", `null`, payload.WebSocketResponse{}, "no statusCode"},
		{"an object without status", `{}`, payload.WebSocketResponse{}, "no statusCode"},
		{"a text", `"hi"`, payload.WebSocketResponse{}, "no proxy response"},
		{"a body that is no text", `{"statusCode":200,"body":{}}`, payload.WebSocketResponse{}, "body"},
		{"a status out of range", `{"statusCode":42}`, payload.WebSocketResponse{}, "42"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := payload.ReadWebSocketResponse([]byte(test.answer))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
			if test.wantErr == "" && err != nil ||
				test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("error = %v, want %q", err, test.wantErr)
			}
		})
	}
}

func FuzzReadWebSocketResponse(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":[1]},"multiValueHeaders":{"b":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := payload.ReadWebSocketResponse(data); err == nil && r.Status == 0 {
			t.Errorf("accepted %q without a status", data)
		}
	})
}
