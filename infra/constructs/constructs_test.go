package constructs

import (
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
)

// TestMain ends jsii's Node process and removes its files.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// refused is something a construct must not accept. All of it is refused before the first call of
// CDK, so no scope is needed.
type refused struct {
	name string
	err  error
	want string
}

func expectRefusals(t *testing.T, rows []refused) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if row.err == nil || !strings.Contains(row.err.Error(), row.want) {
				t.Errorf("got %v, want %s", row.err, row.want)
			}
		})
	}
}

func TestRESTAPIRefusesWhatMustNotBeDeployed(t *testing.T) {
	function := &Function{}
	rest := func(props RESTAPIProps, route RESTRoute) error {
		props.Name, props.Throttle = "partner", Throttle{Rate: 1, Burst: 1}
		_, err := NewRESTAPI(nil, props, []RESTRoute{route})
		return err
	}
	expectRefusals(t, []refused{
		{
			"a REST route nobody decided about",
			rest(RESTAPIProps{}, RESTRoute{Method: "GET", Path: "/a", Function: function}),
			`route "GET /a" of API "partner" does not say who may call it`,
		},
		{
			"an open REST route without a reason",
			rest(RESTAPIProps{}, RESTRoute{
				Method: "GET", Path: "/a", Function: function, Access: Open(""),
			}),
			`route "GET /a" of API "partner" is open to everybody without a reason`,
		},
		{
			"a REST route whose limit lets no call through",
			rest(RESTAPIProps{}, RESTRoute{
				Method: "GET", Path: "/a", Function: function, Access: SignedByIAM(),
				Throttle: Throttle{Rate: 10},
			}),
			`the limit of route "GET /a" of API "partner" is rate 10, burst 0: both must be above 0`,
		},
		{
			"a REST route behind an authorizer the API does not have",
			rest(RESTAPIProps{}, RESTRoute{
				Method: "GET", Path: "/a", Function: function, Access: Authorized(),
			}),
			`route "GET /a" of API "partner" asks for an authorizer but the API has none`,
		},
		{
			"a REST route with nothing behind it",
			rest(RESTAPIProps{}, RESTRoute{Method: "GET", Path: "/a", Access: SignedByIAM()}),
			`route "GET /a" of API "partner" must have either a function or an integration`,
		},
		{
			"a cache that would mix up callers",
			rest(RESTAPIProps{Authorizer: function, CacheGB: "0.5"}, RESTRoute{
				Method: "GET", Path: "/a/{id}", Function: function, Access: Authorized(),
				CacheSeconds: 60, CacheKeys: []string{"path.id"},
			}),
			`route "GET /a/{id}" of API "partner" would answer one caller from another's cache`,
		},
		{
			"a cached route without a cache",
			rest(RESTAPIProps{}, RESTRoute{
				Method: "GET", Path: "/a", Function: function, Access: SignedByIAM(),
				CacheSeconds: 60,
			}),
			`route "GET /a" of API "partner" is cached for 60 seconds but the API has no cache`,
		},
	})
}

func TestHTTPAPIRefusesWhatMustNotBeDeployed(t *testing.T) {
	function, limit := &Function{}, Throttle{Rate: 1, Burst: 1}
	http := func(throttle Throttle, route HTTPRoute) error {
		_, err := NewHTTPAPI(nil, HTTPAPIProps{
			Name: "public", Throttle: throttle, Routes: []HTTPRoute{route},
		})
		return err
	}
	expectRefusals(t, []refused{
		{
			"an HTTP stage without a limit",
			http(Throttle{}, HTTPRoute{}),
			`the stage limit of API "public" is rate 0, burst 0: both must be above 0`,
		},
		{
			"an HTTP route nobody decided about",
			http(limit, HTTPRoute{Method: "GET", Path: "/a", Function: function}),
			`route "GET /a" of API "public" does not say who may call it`,
		},
		{
			"an HTTP route with a limit below nothing",
			http(limit, HTTPRoute{
				Method: "GET", Path: "/a", Function: function, Access: SignedByIAM(),
				Throttle: Throttle{Rate: -1, Burst: 5},
			}),
			`the limit of route "GET /a" of API "public" is rate -1, burst 5: both must be above 0`,
		},
		{
			"an HTTP route that lets in every token",
			http(limit, HTTPRoute{
				Method: "GET", Path: "/a", Function: function, Access: Authorized(),
			}),
			`route "GET /a" of API "public" asks for a token but for no scope: name one`,
		},
	})
}

func TestWebSocketAPIAndFirewallRefuseWhatMustNotBeDeployed(t *testing.T) {
	function := &Function{}
	socket := func(route WebSocketRoute) error {
		api := &WebSocketAPI{name: "realtime"}
		return api.AddRoutes(function, []WebSocketRoute{route})
	}
	expectRefusals(t, []refused{
		{
			"a WebSocket $connect nobody decided about",
			socket(WebSocketRoute{Key: "$connect", Function: function}),
			`route "$connect" of API "realtime" does not say who may call it`,
		},
		{
			"a WebSocket message route with an access of its own",
			socket(WebSocketRoute{Key: "subscribe", Function: function, Access: Authorized()}),
			`route "subscribe" of API "realtime" has an access of its own`,
		},
		{
			"a web ACL below AWS's least rate",
			NewFirewall(nil, FirewallProps{Name: "partner", AddressLimit: 5}),
			`web ACL "partner" limits an address to 5 calls in five minutes`,
		},
	})
}

func TestFunctionWithoutATimeoutIsRefused(t *testing.T) {
	_, err := NewFunction(nil, FunctionProps{Name: "orders"})
	const want = `function "orders" has no timeout: TimeoutSeconds must be above 0`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestValidationCoversWhatARouteDeclares(t *testing.T) {
	rows := []struct {
		name  string
		route RESTRoute
		want  validation
	}{
		{"nothing", RESTRoute{Path: "/a/{id}"}, validation{}},
		{
			"an optional parameter",
			RESTRoute{Parameters: map[string]bool{"header.X": false}},
			validation{},
		},
		{
			"a required parameter",
			RESTRoute{Parameters: map[string]bool{"header.X": true}},
			validation{parameters: true},
		},
		{
			"a body",
			RESTRoute{Model: &Model{Schema: &awsapigateway.JsonSchema{}}},
			validation{body: true},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := row.route.validation(); got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

func TestAccessLogFormatIsOneLineOfJSON(t *testing.T) {
	got := accessLogFormat([][2]string{{"requestId", "requestId"}, {"ip", "identity.sourceIp"}})
	const want = `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp"}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
