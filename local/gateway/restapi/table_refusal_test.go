package restapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// refusedCall is a way to a type of gateway response.
type refusedCall struct {
	responseType string
	want         answer // as AWS answers when nobody customised it
	with         func(*testing.T, *world)
	ask          func(*testing.T, *world) *exchange.Request
}

// asking asks GET target with header lines.
func asking(target string, header ...string) func(*testing.T, *world) *exchange.Request {
	return func(*testing.T, *world) *exchange.Request { return request("GET", target, header...) }
}

func refusedCalls() []refusedCall {
	nothing := func(*testing.T, *world) {}
	guarded := func(answers string) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) {
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, answers)
		}
	}
	method := func(change func(*api.Method)) func(*testing.T, *world) {
		return func(_ *testing.T, w *world) {
			m := proxy()
			change(&m)
			w.method("/m", "GET", m)
		}
	}
	limited := func(plan api.UsagePlan) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			w.keyed("/k", "GET", plan)
			w.get(t, "/dev/k", "x-api-key: one")
		}
	}
	const deny = `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}}`
	return []refusedCall{
		{"ACCESS_DENIED", answer{403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource with an explicit deny"}`}, guarded(deny), asking("/dev/guarded", "Authorization: a")},
		{"API_CONFIGURATION_ERROR", internalError, method(func(m *api.Method) { *m = httpMethod("HTTP", "https://") }), asking("/dev/m")},
		{"AUTHORIZER_CONFIGURATION_ERROR", answer{500, "AuthorizerConfigurationException", `{"message":null}`}, guarded(`{"principalId":"me"}`), asking("/dev/guarded", "Authorization: a")},
		{"AUTHORIZER_FAILURE", answer{500, "AuthorizerConfigurationException", `{"message":null}`}, func(_ *testing.T, w *world) {
			w.guard("TOKEN", nil)
			w.lambda.functionError(guardARN, `{"errorMessage":"x"}`)
		}, asking("/dev/guarded", "Authorization: a")},
		{"BAD_REQUEST_BODY", answer{400, "BadRequestException", `{"message": "Invalid request body"}`}, func(_ *testing.T, w *world) {
			w.validated(api.RequestValidator{ValidateBody: true})
		}, func(*testing.T, *world) *exchange.Request { return request("POST", "/dev/orders/7") }},
		{"BAD_REQUEST_PARAMETERS", answer{400, "BadRequestException", `{"message": "Missing required request parameters: [x-header-param, qs1]"}`}, func(_ *testing.T, w *world) {
			w.validated(api.RequestValidator{ValidateParameters: true})
		}, func(*testing.T, *world) *exchange.Request { return request("POST", "/dev/orders/7") }},
		{"INTEGRATION_FAILURE", answer{504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`}, func(_ *testing.T, w *world) {
			w.lambda.fail(functionARN, errors.New("reset"))
		}, asking("/dev/x")},
		{"INVALID_API_KEY", answer{403, "ForbiddenException", forbidden}, limited(api.UsagePlan{}), asking("/dev/k", "x-api-key: none")},
		{"INVALID_SIGNATURE", answer{403, "InvalidSignatureException", "The request signature we calculated does not match"}, func(t *testing.T, w *world) {
			w.signed(t).credential.SecretAccessKey = "another"
		}, func(t *testing.T, w *world) *exchange.Request {
			return w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
		}},
		{"EXPIRED_TOKEN", answer{403, "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`}, func(t *testing.T, w *world) {
			w.signed(t).credential.Expires = w.clock.Now()
		}, func(t *testing.T, w *world) *exchange.Request {
			return w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
		}},
		{"RESOURCE_NOT_FOUND", answer{404, "NotFoundException", `{"message":"No method found matching route admin/7/gone for http method GET."}`}, func(t *testing.T, w *world) {
			w.def.Resources = nil
			w.signed(t)
		}, func(t *testing.T, w *world) *exchange.Request {
			return w.sign(t, "/dev/admin/7/gone", "execute-api", "us-east-1")
		}},
		{"MISSING_AUTHENTICATION_TOKEN", answer{403, "MissingAuthenticationTokenException", missing}, func(t *testing.T, w *world) { w.signed(t) }, asking("/dev/admin/7")},
		{"QUOTA_EXCEEDED", answer{429, "LimitExceededException", exceeded}, limited(api.UsagePlan{Quota: &api.Quota{Limit: 1, Period: "DAY"}}), asking("/dev/k", "x-api-key: one")},
		{"THROTTLED", throttled, limited(api.UsagePlan{Throttle: &api.Throttle{Rate: 1, Burst: 1}}), asking("/dev/k", "x-api-key: one")},
		{"UNAUTHORIZED", answer{401, "UnauthorizedException", `{"message":"Unauthorized"}`}, guarded(allowAll), asking("/dev/guarded")},
		{"UNSUPPORTED_MEDIA_TYPE", unsupported, method(func(m *api.Method) { *m = mocked("200", ""); m.Integration.PassthroughBehavior = "NEVER" }), asking("/dev/m", "Content-Type: text/css")},
		{"DEFAULT_4XX", answer{400, "BadRequestException", `{"message": "Invalid JSON in request body"}`}, func(_ *testing.T, w *world) {
			m := httpMethod("HTTP", "http://127.0.0.1:1")
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X": "method.request.body.a"}
			w.method("/m", "POST", m)
		}, func(*testing.T, *world) *exchange.Request {
			r := request("POST", "/dev/m")
			r.Body = []byte("{")
			return r
		}},
		{"REQUEST_TOO_LARGE", answer{413, "RequestTooLargeException", `{"message":"Request Too Long"}`}, nothing, func(*testing.T, *world) *exchange.Request {
			r := request("POST", "/dev/x")
			r.Body = make([]byte, 10<<20+1)
			return r
		}},
	}
}

// The rows are those of spec rest-api.md §10. WAF_FILTERED has its tests with the firewall.
func TestGatewayResponseTypes(t *testing.T) {
	for _, r := range refusedCalls() {
		t.Run(r.responseType, func(t *testing.T) {
			w := newWorld()
			r.with(t, w)
			got := seen(w.serve(t, r.ask(t, w)))
			if r.responseType == "INVALID_SIGNATURE" && strings.Contains(got.body, r.want.body) {
				got.body = r.want.body
			}
			if got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
		t.Run(r.responseType+" can be customised", func(t *testing.T) {
			w := newWorld()
			w.def.GatewayResponses = map[string]api.GatewayResponse{r.responseType: {
				StatusCode: 499, Parameters: map[string]string{"gatewayresponse.header.X-Cors": "'*'"},
				Templates: map[string]string{"application/json": "[$context.error.responseType]"},
			}}
			r.with(t, w)
			reply := w.serve(t, r.ask(t, w))
			want := answer{499, r.want.errorType, "[" + r.responseType + "]"}
			if r.responseType == "REQUEST_TOO_LARGE" {
				want = r.want // "Known issues"
			}
			if got := seen(reply); got != want || reply.Header.Has("X-Cors") != (want.status == 499) {
				t.Errorf("got %+v with %v, want %+v", got, reply.Header, want)
			}
		})
		t.Run(r.responseType+" falls back to its class", func(t *testing.T) {
			w := newWorld()
			class := "DEFAULT_4XX"
			if r.want.status >= 500 {
				class = "DEFAULT_5XX"
			}
			w.def.GatewayResponses = map[string]api.GatewayResponse{class: {StatusCode: 599}}
			r.with(t, w)
			want := 599
			if r.responseType == "REQUEST_TOO_LARGE" {
				want = 413
			}
			if got := w.serve(t, r.ask(t, w)); got.Status != want {
				t.Errorf("got %d, want %d", got.Status, want)
			}
		})
	}
}

func TestGatewayResponseOfATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.clock = clock.System{}
		w.def.GatewayResponses = map[string]api.GatewayResponse{"INTEGRATION_TIMEOUT": {StatusCode: 408}}
		w.lambda.answers[functionARN] = func(ctx context.Context) (exchange.Invoked, error) {
			<-ctx.Done()
			return exchange.Invoked{}, ctx.Err()
		}
		want := answer{408, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
		if got := seen(w.get(t, "/dev/x")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// The rows are those of spec rest-api.md §10, "Customisation".
func TestGatewayResponseSources(t *testing.T) {
	for _, r := range []struct{ name, source, want string }{
		{"a literal", "'static'", "static"},
		{"the message", "context.error.message", "Unauthorized"},
		{"the message as JSON", "context.error.messageString", `"Unauthorized"`},
		{"the type", "context.error.responseType", "UNAUTHORIZED"},
		{"a context variable", "context.stage", "dev"},
		{"a stage variable", "stageVariables.v", "s"},
		{"a header", "method.request.header.X-Two", "b"},
		{"a repeated header", "method.request.multivalueheader.X-Two", "a,b"},
		{"a query string", "method.request.querystring.q", "2"},
		{"a repeated query string", "method.request.multivaluequerystring.q", "1,2"},
		{"the body", "method.request.body", `{"a":1}`},
		{"a value of the body", "method.request.body.a", "1"},
		{"what is missing", "method.request.header.none", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", func(a *api.RESTAuthorizer) { a.IdentityValidation = "never" })
			w.def.Stages[0].Variables = map[string]string{"v": "s"}
			w.def.GatewayResponses = map[string]api.GatewayResponse{"UNAUTHORIZED": {
				Parameters: map[string]string{"gatewayresponse.header.X-Got": r.source},
			}}
			if !strings.HasPrefix(r.source, "'") {
				response := w.def.GatewayResponses["UNAUTHORIZED"]
				response.Templates = map[string]string{"application/json": "$" + r.source}
				w.def.GatewayResponses["UNAUTHORIZED"] = response
			}
			asked := request("GET", "/dev/guarded?q=1&q=2", "X-Two: a", "X-Two: b", "Authorization: x")
			asked.Body = []byte(`{"a":1}`)
			reply := w.serve(t, asked)
			if reply.Status != 401 || reply.Header.Get("X-Got") != r.want {
				t.Errorf("got %d %v, want %q", reply.Status, reply.Header, r.want)
			}
			if !strings.HasPrefix(r.source, "'") && string(reply.Body) != r.want {
				t.Errorf("the template makes %q, want %q", reply.Body, r.want)
			}
		})
	}
}

// Only a signer who may call a path learns that there is nothing.
func TestUnknownRoutesOfSigners(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*keyring)
		target string
		want   answer
	}{
		{"a signer who may", func(k *keyring) {
			k.policy = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
		}, "/dev", answer{404, "NotFoundException", `{"message":"No method found matching route / for http method GET."}`}},
		{"a signer who may not", nil, "/dev/gone", answer{403, "MissingAuthenticationTokenException", missing}},
		{"another secret", func(k *keyring) { k.credential.SecretAccessKey = "another" }, "/dev/admin/7/gone", answer{403, "MissingAuthenticationTokenException", missing}},
		{"a token that is over", func(k *keyring) { k.credential.Expires = time.Unix(1, 0) }, "/dev/admin/7/gone", answer{403, "MissingAuthenticationTokenException", missing}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.Resources = nil
			keys := w.signed(t)
			if r.change != nil {
				r.change(keys)
			}
			if got := seen(w.serve(t, w.sign(t, r.target, "execute-api", "us-east-1"))); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
}

// Temporary credentials hold up to the second at which they end.
func TestCredentialsThatAreAboutToExpire(t *testing.T) {
	w := newWorld()
	w.signed(t).credential.Expires = w.clock.Now().Add(time.Second)
	got := seen(w.serve(t, w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")))
	if want := (answer{200, "", "ok"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
