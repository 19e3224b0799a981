package websocketapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
)

// logRows are the variables of WebSocket APIs in access logs (observability.md, section 1.1), for a
// message of a connection that an authorizer let in.
var logRows = []struct{ variable, want string }{
	{"accountId", "123456789012"},
	{"apiId", "a1b2c3d4e5"},
	{"stage", "dev"},
	{"requestTime", "22/Nov/2026:10:00:00 +0000"},
	{"requestTimeEpoch", "1795341600000"},
	{"status", "201"},
	{"requestId", "R"},
	{"extendedRequestId", "R"},
	{"routeKey", "$default"},
	{"connectionId", "C"},
	{"connectedAt", "1795341600000"},
	{"eventType", "MESSAGE"},
	{"integration.error", "-"},
	{"integration.integrationStatus", "200"},
	{"integrationStatus", "200"},
	{"integration.status", "201"},
	{"error.message", "-"},
	{"error.messageString", "-"},
	{"error.responseType", "-"},
	{"error.validationErrorString", "-"},
	{"authorizer.error", "-"},
	{"authorizer.principalId", "ada"},
	{"authorizer.tenant", "t1"},
	{"identity.sourceIp", "127.0.0.1"},
	{"identity.accountId", "-"},
	{"identity.apiKey", "-"},
	{"waf.status", "-"},
	{"nothing", "-"},
}

func TestAccessLogVariables(t *testing.T) {
	var format []string
	for _, row := range logRows {
		format = append(format, "$context."+row.variable)
	}
	def := authorized()
	def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: "log", Format: strings.Join(format, "|")}
	g := newGateway(t, def, answers(map[string]string{
		"AUTHORIZE": allow, "MESSAGE": `{"statusCode":201,"body":"b"}`,
	}))
	conn := g.dial("/dev?token=x")
	<-g.logs
	g.send(conn, "x")
	record := g.record("MESSAGE")
	ids := strings.NewReplacer(record.Connection, "C", record.RequestID, "R", "log ", "")
	line := ids.Replace(<-g.logs)
	got := strings.Split(line, "|")
	for i, row := range logRows {
		if got[i] != row.want {
			t.Errorf("$context.%s = %q, want %q", row.variable, got[i], row.want)
		}
	}
}

// TestIntegrationsInTheAccessLog holds what each type of integration leaves: the status of the
// service, that of the code or backend, that of the message, and the error.
func TestIntegrationsInTheAccessLog(t *testing.T) {
	url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
	failing := `!{"errorMessage":"boom"}`
	for _, test := range []struct {
		name        string
		integration api.V2Integration
		answer      string
		want        string
	}{
		{"AWS_PROXY", api.V2Integration{Type: "AWS_PROXY", URI: uri("realtime")}, `{"statusCode":418}`, "200 418 418 -"},
		{"AWS_PROXY that fails", api.V2Integration{Type: "AWS_PROXY", URI: uri("realtime")}, failing, `200 - 502 the integration failed: function realtime failed: {"errorMessage":"boom"}`},
		{"AWS", lambdaCustom(says("$default", "x")), "1", "200 200 200 -"},
		{"AWS that fails", lambdaCustom(says("$default", "x")), failing, `200 200 200 the integration failed: function realtime failed: {"errorMessage":"boom"}`},
		{"HTTP_PROXY", at(url, proxy(nil)), "", "404 404 404 -"},
		{"HTTP", at(url, custom(says("$default", "x"))), "", "404 404 404 -"},
		{"MOCK", mapped(always(`{"statusCode":202}`), "", says("$default", "x")), "", "- 202 202 -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			def := calling(test.integration)
			def.Stages[0].AccessLog = &api.AccessLog{
				DestinationARN: "log", Format: "$context.integration.integrationStatus " +
					"$context.integration.status $context.status $context.integration.error",
			}
			g := newBackedGateway(t, def, answers(map[string]string{
				"": test.answer, "MESSAGE": test.answer,
			}), nil)
			conn := g.dial("/dev")
			<-g.logs
			g.send(conn, message)
			if got := <-g.logs; got != "log "+test.want {
				t.Errorf("line %q, want %q", got, test.want)
			}
		})
	}
}

// The phases are those that AWS has per kind of guard ("Troubleshooting Amazon API Gateway with
// enhanced observability variables"): authenticate for signatures, authorizer for functions, and
// authorize for what either led to.
func TestPhasesOfAuthorizationInTheAccessLog(t *testing.T) {
	deny := strings.Replace(allow, "Allow", "Deny", 1)
	sign := func(g *gateway) http.Header { return g.signUpgrade("/dev", "execute-api") }
	for _, test := range []struct {
		name   string
		def    api.WebSocket
		path   string
		answer string // of the authorizer
		policy string // of the signer
		header func(*gateway) http.Header
		want   string
	}{
		{"nobody asked", definition(), "/dev", "", mayEverything, nil, "-,-,-;-,-,-;-"},
		{"an authorizer that allows", authorized(), "/dev?token=x", allow, mayEverything, nil, "-,-,-;200,0,-;200"},
		{"an authorizer that denies", authorized(), "/dev?token=x", deny, mayEverything, nil, "-,-,-;403,0,statement #1 of the policy from authorizer gate denies arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/$connect;403"},
		{"no identity source", authorized(), "/dev", allow, mayEverything, nil, "-,-,-;-,-,-;-"},
		{"a signer who may", signedAPI(), "/dev", "", mayEverything, sign, "200,0,-;200,0,-;-"},
		{"a signer who may not", signedAPI(), "/dev", "", statement("Deny", "*", "*"), sign, "200,0,-;403,0,statement S of the policies of user ada denies it;-"},
		{"no signature", signedAPI(), "/dev", "", mayEverything, nil, "403,0,Missing Authentication Token;-,-,-;-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: "log", Format: "$context.authenticate.status," +
				"$context.authenticate.latency,$context.authenticate.error;$context.authorize.status," +
				"$context.authorize.latency,$context.authorize.error;$context.authorizer.status"}
			g := newGateway(t, test.def, answers(map[string]string{"AUTHORIZE": test.answer}), test.policy)
			options := &websocket.DialOptions{}
			if test.header != nil {
				options.HTTPHeader = test.header(g)
			}
			_, _, _ = g.try(test.path, options)
			if got := <-g.logs; got != "log "+test.want {
				t.Errorf("line %q, want %q", got, test.want)
			}
		})
	}
}
