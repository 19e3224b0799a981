package test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// testPartner calls the REST API as a partner's server does.
func testPartner(t *testing.T, r *reference) {
	t.Run("an order is placed, read and listed", func(t *testing.T) { testPartnerOrders(t, r) })
	t.Run("token and API key decide who comes in", func(t *testing.T) { testPartnerAccess(t, r) })
	t.Run("a body that does not fit is refused", func(t *testing.T) { testPartnerBody(t, r) })
	t.Run("a webhook goes through the queue to its function and to subscribers", func(t *testing.T) { testWebhook(t, r) })
	t.Run("a refusal can be explained", func(t *testing.T) { testExplanation(t, r) })
	t.Run("too many calls at once are refused", func(t *testing.T) { testThrottle(t, r) })
}

func testPartnerOrders(t *testing.T, r *reference) {
	orders := r.partner.URL + "/v1/orders"
	header := []string{
		"Authorization", r.customer(t, "c-partner"), "X-API-Key", r.key,
		"Content-Type", "application/json",
	}
	created := r.call(t, request{method: "POST", url: orders, body: draft, header: header})
	created.check(t, want{
		status: http.StatusCreated, body: `"customer":"c-partner","status":"placed"`,
		header: map[string]string{
			"X-Amzn-Requestid": "*", "X-Amz-Apigw-Id": "*", "X-Amzn-Trace-Id": "*",
			"Content-Type": "application/json", "X-Amzn-Errortype": "",
		},
	}.matching())
	var placed, read order
	created.decode(t, &placed)
	r.call(t, request{method: "GET", url: orders + "/" + placed.ID, header: header}).decode(t, &read)
	if diff := cmp.Diff(placed, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	var list struct{ Orders []order }
	r.call(t, request{method: "GET", url: orders, header: header}).decode(t, &list)
	if diff := cmp.Diff([]order{placed}, list.Orders); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
}

func testPartnerAccess(t *testing.T, r *reference) {
	const forbidden, unauthorized = `{"message":"Forbidden"}`, `{"message":"Unauthorized"}`
	const missing = `{"message":"Missing Authentication Token"}`
	errorType := func(name string) map[string]string {
		return map[string]string{"X-Amzn-Errortype": name, "Content-Type": "application/json"}
	}
	read := r.scoped(t, "orders/read")
	withKey := func(token string) []string {
		return []string{"Authorization", token, "X-API-Key", r.key}
	}
	rows := []struct {
		name, method, path string
		header             []string
		want               want
	}{
		{"a token and a key", "GET", "/v1/orders", withKey(read), want{
			status: 200, body: `^\{"orders":\[`,
		}},
		{"no token", "GET", "/v1/orders", []string{"X-API-Key", r.key}, want{
			status: 401, body: unauthorized, header: map[string]string{
				"X-Amzn-Errortype": "UnauthorizedException", "Www-Authenticate": "Bearer",
				"Access-Control-Allow-Origin": "http://localhost:8080", // from a gateway response
			},
		}},
		{"what is no bearer token", "GET", "/v1/orders", withKey("Basic dTpw"), want{
			status: 401, body: unauthorized, header: errorType("UnauthorizedException"),
		}},
		{"a tampered token", "GET", "/v1/orders", withKey(tampered(read)), want{
			status: 401, body: unauthorized, header: errorType("UnauthorizedException"),
		}},
		{
			"an expired token", "GET", "/v1/orders",
			withKey(r.token(t, runner.TokenRequest{
				Scopes: []string{"orders/read"}, Lifetime: -time.Minute,
			})),
			want{status: 401, body: unauthorized, header: errorType("UnauthorizedException")},
		},
		{"a token without the scope", "POST", "/v1/orders", withKey(read), want{
			status: 403, body: `^\{"[Mm]essage":"User is not authorized to access this resource`,
			header: errorType("AccessDeniedException"),
		}},
		{"a token with no scope of ours", "GET", "/v1/orders", withKey(r.scoped(t)), want{
			status: 403, body: `^\{"[Mm]essage":"User is not authorized .* with an explicit deny`,
			header: errorType("AccessDeniedException"),
		}},
		{"no API key", "GET", "/v1/orders", []string{"Authorization", read}, want{
			status: 403, body: forbidden, header: errorType("ForbiddenException"),
		}},
		{
			"a key nobody has", "GET", "/v1/orders",
			[]string{"Authorization", read, "X-API-Key", "0123456789012345678901234567890123456789"},
			want{status: 403, body: forbidden, header: errorType("ForbiddenException")},
		},
		{"health asks for nothing", "GET", "/health", nil, want{
			status: 200, body: `{"status":"ok","stage":"` + r.environment + `"}`,
			header: map[string]string{
				"Content-Type": "application/json", "Cache-Control": "no-store",
				"X-Amzn-Errortype": "",
			},
		}},
		{"a path without a resource", "GET", "/v1/nothing", nil, want{
			status: 403, body: missing, header: errorType("MissingAuthenticationTokenException"),
		}},
		{"a method without a resource", "DELETE", "/v1/orders", nil, want{
			status: 403, body: missing, header: errorType("MissingAuthenticationTokenException"),
		}},
		// AWS looks for a signature where it finds no resource, and is not happy with a token.
		{"a path without a resource, with a token", "GET", "/v1/nothing", withKey(read), want{
			status: 403, body: "in Authorization header", header: errorType("IncompleteSignatureException"),
		}.matching()},
		{"a preflight of the portal", "OPTIONS", "/v1/orders", []string{
			"Origin", "http://localhost:8080", "Access-Control-Request-Method", "POST",
		}, want{status: 204, header: map[string]string{
			"Access-Control-Allow-Origin": "http://localhost:8080", "X-Amzn-Errortype": "",
		}}},
		{"an admin call without a signature", "GET", "/v1/admin/orders?customer=c-1", nil, want{
			status: 403, body: missing, header: errorType("MissingAuthenticationTokenException"),
		}},
		{"a token is no signature", "GET", "/v1/admin/orders?customer=c-1", withKey(read), want{
			status: 403, body: "IncompleteSignature|Authorization|Missing Authentication Token",
		}.matching()},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r.call(t, request{
				method: row.method, url: r.partner.URL + row.path, header: row.header,
			}).check(t, row.want)
		})
	}
	t.Run("a stage that does not exist", func(t *testing.T) {
		base := r.partner.URL[:len(r.partner.URL)-len(r.environment)]
		r.call(t, request{method: "GET", url: base + "nowhere/health"}).check(t, want{
			status: 403, body: forbidden, header: errorType("ForbiddenException"),
		})
	})
}

// testPartnerBody sends bodies that the model of the method forbids.
func testPartnerBody(t *testing.T, r *reference) {
	for name, body := range map[string]string{
		"no JSON":            `{`,
		"no items":           `{}`,
		"an item of nothing": `{"items":[{"sku":"tea","quantity":0}]}`,
		"an unknown member":  `{"items":[{"sku":"tea","quantity":1}],"colour":"red"}`,
	} {
		t.Run(name, func(t *testing.T) {
			r.call(t, request{
				method: "POST", url: r.partner.URL + "/v1/orders", body: body, header: []string{
					"Authorization", r.customer(t, "c-partner"), "X-API-Key", r.key,
					"Content-Type", "application/json",
				},
			}).check(t, want{
				status: 400,
				body: `^\{"type":"about:blank","title":"Bad Request","status":400,` +
					`"detail":"Invalid request body","requestId":"[-0-9a-f]+"\}$`,
				header: map[string]string{"X-Amzn-Errortype": "BadRequestException"},
			})
		})
	}
}

// testThrottle places more orders at once than the partner's plan lets in: 10 a second, 20 at once.
// None can be placed, because no body fits; but throttling comes before the body is looked at.
func testThrottle(t *testing.T, r *reference) {
	header := []string{
		"Authorization", r.customer(t, "c-partner"), "X-API-Key", r.key,
		"Content-Type", "application/json",
	}
	answers := make([]answer, 100)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			var err error
			answers[i], err = r.do(t.Context(), request{
				method: "POST", url: r.partner.URL + "/v1/orders", body: "{}", header: header,
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	admitted := 0
	for _, got := range answers {
		if got.status == http.StatusBadRequest {
			admitted++
			continue
		}
		got.check(t, want{
			status: http.StatusTooManyRequests, body: `{"message":"Too Many Requests"}`,
			header: map[string]string{
				"X-Amzn-Errortype": "TooManyRequestsException", "Retry-After": "1",
			},
		})
	}
	if admitted == 0 || admitted > len(answers)/2 {
		t.Errorf("%d of %d calls were admitted, want about 20", admitted, len(answers))
	}
}

// testExplanation asks for the marks of a refused call: the client is told less.
func testExplanation(t *testing.T, r *reference) {
	refused := r.call(t, request{
		method: "GET", url: r.partner.URL + "/v1/orders",
		header: []string{"Authorization", r.scoped(t, "orders/read")},
	})
	record, err := runner.Explain(t.Context(), runner.Options{}, r.URL(),
		refused.header.Get("X-Amzn-Requestid"))
	if err != nil {
		t.Fatal(err)
	}
	const reason = "the method needs an API key, and the call has none"
	if record.Status != 403 || record.Route != "GET /v1/orders" || record.Reason() != reason {
		t.Errorf("got status %d of route %q with the reason %q, want 403 of GET /v1/orders with %q",
			record.Status, record.Route, record.Reason(), reason)
	}
}

// testAddresses calls the APIs by their names on the main address, as AWS would be called.
func testAddresses(t *testing.T, r *reference) {
	header := []string{"Authorization", r.scoped(t, "orders/read"), "X-API-Key", r.key}
	stage := "/" + r.environment
	byPath := func(api runner.APIAddress, stage string) string {
		return r.URL() + "/restapis/" + api.ID + stage + "/_user_request_"
	}
	host := func(api runner.APIAddress) string { return api.ID + ".execute-api.localhost" }
	rows := []struct {
		name, host, url string
		want            want
	}{
		{"the HTTP API by host", host(r.public), r.URL() + "/orders", want{
			status: 200, body: `^\{"orders":`,
		}},
		{"the REST API by host", host(r.partner), r.URL() + stage + "/v1/orders", want{
			status: 200, body: `^\{"orders":`,
		}},
		{"the HTTP API by path", "", byPath(r.public, "/$default") + "/orders", want{
			status: 200, body: `^\{"orders":`,
		}},
		{"the REST API by path", "", byPath(r.partner, stage) + "/v1/orders", want{
			status: 200, body: `^\{"orders":`,
		}},
		{"a resource the REST API lacks, by path", "", byPath(r.partner, stage) + "/nothing", want{
			status: 403, body: "in Authorization header",
		}.matching()},
		{"an API nobody serves", "abcdefghij.execute-api.localhost", r.URL() + "/dev/health", want{
			status: 403, body: `{"message":"Forbidden"}`,
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r.call(t, request{
				method: "GET", url: row.url, host: row.host, header: header,
			}).check(t, row.want)
		})
	}
}
