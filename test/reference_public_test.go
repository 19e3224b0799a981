package test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// testPublic calls the HTTP API as a web page or a mobile client does.
func testPublic(t *testing.T, r *reference) {
	t.Run("an order is placed, read, listed and changed", func(t *testing.T) { testOrders(t, r) })
	t.Run("a token decides who comes in", func(t *testing.T) { testTokens(t, r) })
	t.Run("browsers are told who may call", func(t *testing.T) { testCORS(t, r) })
}

func testOrders(t *testing.T, r *reference) {
	mine, orders := r.customer(t, "c-public"), r.public.URL+"/orders"
	created := r.call(t, request{
		method: "POST", url: orders, body: draft,
		header: []string{"authorization", mine, "content-type", "application/json"},
	})
	var placed order
	created.decode(t, &placed)
	expected := order{
		ID: placed.ID, Customer: "c-public", Status: "placed", Version: 1, Reference: "PO-7",
		Items: []item{{SKU: "tea", Quantity: 2}},
	}
	if diff := cmp.Diff(expected, placed); diff != "" {
		t.Fatalf("placed (-want +got):\n%s", diff)
	}
	created.check(t, want{status: http.StatusCreated, body: created.body, header: map[string]string{
		"Content-Type": "application/json", "ETag": `"1"`, "Location": "orders/" + placed.ID,
		"Apigw-Requestid": "*", "Date": "*", "Access-Control-Allow-Origin": "",
	}})
	one := orders + "/" + placed.ID
	authorized := []string{"Authorization", mine}
	get := func(url string, into any) {
		t.Helper()
		r.call(t, request{method: "GET", url: url, header: authorized}).decode(t, into)
	}

	var read order
	get(one, &read)
	if diff := cmp.Diff(placed, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	var list struct{ Orders []order }
	get(orders+"?limit=5", &list)
	if diff := cmp.Diff([]order{placed}, list.Orders); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	r.call(t, request{
		method: "GET", url: one, header: []string{"Authorization", r.customer(t, "c-other")},
	}).check(t, want{
		status: http.StatusNotFound, body: `^\{"type":"urn:portico:problem:not-found",`,
		header: map[string]string{"Content-Type": "application/problem+json"},
	})

	patch := request{
		method: "PATCH", url: one, body: `{"status":"paid"}`,
		header: append([]string{"If-Match", `"1"`}, authorized...),
	}
	r.call(t, patch).check(t, want{
		status: http.StatusOK, body: `"status":"paid"`, header: map[string]string{"ETag": `"2"`},
	}.matching())
	r.call(t, patch).check(t, want{
		status: http.StatusPreconditionFailed, body: `stale-version`,
	}.matching())
}

// matching takes the body for a part of what is wanted.
func (w want) matching() want {
	w.body = "^(?s).*" + w.body
	return w
}

func testTokens(t *testing.T, r *reference) {
	const unauthorized = `{"message":"Unauthorized"}`
	invalid := func(description string) map[string]string {
		return map[string]string{"WWW-Authenticate": `Bearer scope="orders/read" ` +
			`error="invalid_token" error_description="` + description + `"`}
	}
	read := r.scoped(t, "orders/read")
	rows := []struct {
		name, method, path, token string
		want                      want
	}{
		{"a token with the scope", "GET", "/orders?limit=1", read, want{
			status: 200, body: `^\{"orders":\[`, header: map[string]string{"WWW-Authenticate": ""},
		}},
		{"no token", "GET", "/orders", "", want{
			status: 401, body: unauthorized, header: map[string]string{"WWW-Authenticate": "Bearer"},
		}},
		{"no token at all", "GET", "/orders", "Basic dTpw", want{
			status: 401, body: unauthorized, header: map[string]string{"WWW-Authenticate": "*"},
		}},
		{
			"an expired token", "GET", "/orders",
			r.token(t, runner.TokenRequest{Scopes: []string{"orders/read"}, Lifetime: -time.Minute}),
			want{status: 401, body: unauthorized, header: invalid("the token has expired")},
		},
		{"a tampered token", "GET", "/orders", tampered(read), want{
			status: 401, body: unauthorized, header: map[string]string{"WWW-Authenticate": "*"},
		}},
		{"a token with another's signature", "GET", "/orders", read[:len(read)-8] + "AAAAAAAA", want{
			status: 401, body: unauthorized, header: invalid("unable to verify signature"),
		}},
		{
			"a token of another issuer", "GET", "/orders",
			r.token(t, runner.TokenRequest{
				Scopes: []string{"orders/read"}, Claims: map[string]string{"iss": "https://example.com"},
			}),
			want{status: 401, body: unauthorized, header: invalid("the token does not have a valid issuer")},
		},
		{
			"a token for another audience", "GET", "/orders",
			r.token(t, runner.TokenRequest{
				Scopes: []string{"orders/read"}, Claims: map[string]string{"client_id": "other"},
			}),
			want{
				status: 401, body: unauthorized,
				header: invalid("the token does not have a valid audience"),
			},
		},
		{"a token without the scope", "POST", "/orders", read, want{
			status: 403, body: `{"message":"Forbidden"}`, header: map[string]string{
				"WWW-Authenticate": `Bearer scope="orders/write" error="insufficient_scope" ` +
					`error_description="the token does not have a valid scope"`,
			},
		}},
		{"an open route asks for none", "GET", "/health", "", want{
			status: 200, body: `{"status":"ok"}`,
			header: map[string]string{"Content-Type": "application/json"},
		}},
		{"a path without a route", "GET", "/no/such/path", read, want{
			status: 404, body: `{"message":"Not Found"}`,
			header: map[string]string{"Content-Type": "application/json"},
		}},
		{"a method without a route", "DELETE", "/orders", read, want{
			status: 404, body: `{"message":"Not Found"}`,
		}},
		{"a trailing slash is another path", "GET", "/orders/", read, want{
			status: 404, body: `{"message":"Not Found"}`,
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			q := request{method: row.method, url: r.public.URL + row.path}
			if row.token != "" {
				q.header = []string{"Authorization", row.token}
			}
			r.call(t, q).check(t, row.want)
		})
	}
}

func testCORS(t *testing.T, r *reference) {
	const page = "http://localhost:5173"
	rows := []struct {
		name   string
		header []string
		method string
		want   want
	}{
		{
			"a preflight of a known page",
			[]string{
				"Origin", page, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "authorization",
			},
			"OPTIONS",
			want{status: 204, header: map[string]string{
				"Access-Control-Allow-Origin":  page,
				"Access-Control-Allow-Methods": "POST,GET,PATCH",
				"Access-Control-Allow-Headers": "authorization,content-type,idempotency-key,if-match",
				"Access-Control-Max-Age":       "3600",
				"Apigw-Requestid":              "*",
			}},
		},
		{
			"a preflight of a page nobody named",
			[]string{
				"Origin", "http://evil.example", "Access-Control-Request-Method", "POST",
			},
			"OPTIONS",
			want{status: 204, header: map[string]string{"Access-Control-Allow-Origin": ""}},
		},
		{
			"OPTIONS that is no preflight", nil, "OPTIONS",
			want{status: 404, body: `{"message":"Not Found"}`},
		},
		{
			"a refusal can be read by the page",
			[]string{"Origin", page},
			"GET",
			want{status: 401, body: `{"message":"Unauthorized"}`, header: map[string]string{
				"Access-Control-Allow-Origin":   page,
				"Access-Control-Expose-Headers": "etag,location,retry-after,apigw-requestid",
			}},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r.call(t, request{
				method: row.method, url: r.public.URL + "/orders", header: row.header,
			}).check(t, row.want)
		})
	}
}
