package httpapi_test

import (
	"testing"

	"portico/local/gateway/api"
)

// "Creating and managing Lambda function URLs", CORS: preflights have the configured headers alone,
// other replies the function's beside them. That "*" sends the origin back is reported of the wire
// (powertools-lambda-python #4163, serverless-iiif #71).
func TestCORSOfFunctionURLs(t *testing.T) {
	const origin, elsewhere = "Origin: http://localhost:5173", "Origin: http://evil"
	const method = "Access-Control-Request-Method: POST"
	age := 600
	full := &api.CORS{
		AllowOrigins: []string{"http://localhost:5173"}, AllowMethods: []string{"GET", "POST"}, AllowHeaders: []string{"x-a", "x-b"},
		ExposeHeaders: []string{"x-c"}, AllowCredentials: true, MaxAge: &age,
	}
	everyone := &api.CORS{AllowOrigins: []string{"*"}, AllowCredentials: true}
	own := answering(`{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"*"},"body":"ok"}`)
	const refused = "403\nContent-Type: application/json\nx-amzn-ErrorType: AccessDeniedException\n"
	rows := []struct {
		name    string
		cors    *api.CORS
		invoke  invoker
		policy  []byte
		line    string
		headers []string
		want    string
		invoked int
	}{
		{
			"a preflight is answered before anybody is asked", full, nil, nil, "OPTIONS /",
			[]string{origin, method},
			"200\nAccess-Control-Allow-Origin: http://localhost:5173\nVary: Origin\nAccess-Control-Allow-Methods: GET,POST\n" +
				"Access-Control-Allow-Headers: x-a,x-b\nAccess-Control-Max-Age: 600\nAccess-Control-Allow-Credentials: true\n\n", 0,
		},
		{"a preflight from an origin that is not allowed", full, nil, nil, "OPTIONS /", []string{elsewhere, method}, "200\n\n", 0},
		{"without a configuration the function is asked", nil, nil, []byte(publicPolicy), "OPTIONS /", []string{origin, method}, urlServed, 1},
		{"OPTIONS that is no preflight", full, nil, []byte(publicPolicy), "OPTIONS /", nil, urlServed, 1},
		{
			"a call", full, nil, []byte(publicPolicy), "GET /",
			[]string{origin},
			"200\nContent-Type: application/json\nAccess-Control-Allow-Origin: http://localhost:5173\nVary: Origin\n" +
				"Access-Control-Expose-Headers: x-c\nAccess-Control-Allow-Credentials: true\n\nok", 1,
		},
		{"a call from an origin that is not allowed", full, nil, []byte(publicPolicy), "GET /", []string{elsewhere}, urlServed, 1},
		{
			"the function's own header stays beside", full, own, []byte(publicPolicy), "GET /",
			[]string{origin},
			"200\nAccess-Control-Allow-Origin: *\nContent-Type: application/json\nAccess-Control-Allow-Origin: http://localhost:5173\nVary: Origin\n" +
				"Access-Control-Expose-Headers: x-c\nAccess-Control-Allow-Credentials: true\n\nok", 1,
		},
		{
			"every origin, with credentials", everyone, nil, []byte(publicPolicy), "GET /",
			[]string{elsewhere},
			"200\nContent-Type: application/json\nAccess-Control-Allow-Origin: http://evil\nVary: Origin\nAccess-Control-Allow-Credentials: true\n\nok", 1,
		},
		{
			"a refusal", everyone, nil, nil, "GET /",
			[]string{elsewhere},
			refused + "Access-Control-Allow-Origin: http://evil\nVary: Origin\nAccess-Control-Allow-Credentials: true\n" + urlForbidden[len(refused):], 0,
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := startURL(t, func(s *urlSetup) {
				s.url.CORS, s.url.Policy = r.cors, r.policy
				if r.invoke != nil {
					s.invoke = r.invoke
				}
			})
			if got := s.call(t, s.request(r.line, r.headers...)); got != r.want {
				t.Errorf("got %q\nwant %q", got, r.want)
			}
			if len(s.invoked) != r.invoked {
				t.Errorf("invoked %d times, want %d", len(s.invoked), r.invoked)
			}
		})
	}
}
