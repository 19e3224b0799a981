package restapi_test

import (
	"io"
	"net/http"
	"testing"
)

// The rows are those of spec control-plane.md §21 and rest-api.md §12 that the tests of payload
// conversion have not: an API without binary types, text that stays text, and the other types of
// integrations.
func TestRowsOfConversion(t *testing.T) {
	const rawBody, encoded, replaced = "\xffraw", "/3Jhdw==", "\uFFFDraw"
	const text, image = "text/plain", "image/png"
	for _, r := range []struct {
		name, kind        string
		types             []string
		request, response string // contentHandling
		payload, accept   string // Content-Type both ways, Accept
		sent, got         string // by the client, by the backend
		answered, want    string // by the backend, to the client; "500" is a failure
	}{
		{"without binary types: raw bytes become U+FFFD both ways", "HTTP", nil, "", "", image, image, rawBody, replaced, rawBody, replaced},
		{"without binary types: text stays text", "HTTP", nil, "CONVERT_TO_TEXT", "CONVERT_TO_TEXT", image, image, encoded, encoded, encoded, encoded},
		{"without binary types: to binary is decoded", "HTTP", nil, "CONVERT_TO_BINARY", "CONVERT_TO_BINARY", image, image, encoded, rawBody, encoded, rawBody},
		{"text for text stays as it is", "HTTP", []string{image}, "", "", text, text, encoded, encoded, encoded, encoded},
		{"a type is compared without its parameters", "HTTP", []string{image}, "", "", image + "; q=1", image + ";q=0.5", rawBody, rawBody, rawBody, rawBody},
		{"a type is compared without case", "HTTP", []string{image}, "", "", "IMAGE/PNG", "Image/PNG", rawBody, rawBody, rawBody, rawBody},
		{"an entry with a wildcard on the right", "HTTP", []string{"image/*"}, "", "", image, image, rawBody, rawBody, rawBody, rawBody},
		{"an entry with a wildcard on the left matches nothing", "HTTP", []string{"*/png"}, "", "", image, image, rawBody, replaced, rawBody, replaced},
		{"an entry of everything", "HTTP", []string{"*/*"}, "", "", text, text, rawBody, rawBody, rawBody, rawBody},
		{"HTTP_PROXY: binary passes both ways", "HTTP_PROXY", []string{image}, "", "", image, image, rawBody, rawBody, rawBody, rawBody},
		{"HTTP_PROXY: a request to text is base64", "HTTP_PROXY", []string{image}, "CONVERT_TO_TEXT", "", image, image, rawBody, encoded, rawBody, rawBody},
		{"HTTP_PROXY: binary for text is base64", "HTTP_PROXY", []string{image}, "", "", image, text, rawBody, rawBody, rawBody, encoded},
		{"HTTP_PROXY: text for binary that is no base64", "HTTP_PROXY", []string{image}, "", "", text, image, "hello", "hello", "hel%", "500"},
		{"an empty answer stays empty", "HTTP", []string{image}, "", "", text, image, "", "", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", r.payload)
				_, _ = io.WriteString(w, r.answered)
			})
			w := newWorld()
			w.def.BinaryMediaTypes = r.types
			m := httpMethod(r.kind, b.URL)
			m.Integration.ContentHandling = r.request
			m.Integration.Responses[0].ContentHandling = r.response
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m", "Content-Type: "+r.payload, "Accept: "+r.accept)
			asked.Body = []byte(r.sent)
			reply := w.serve(t, asked)
			if b.body != r.got {
				t.Errorf("the backend got %q, want %q", b.body, r.got)
			}
			if r.want == "500" {
				if got := seen(reply); got != internalError {
					t.Errorf("got %+v", got)
				}
				return
			}
			if reply.Status != 200 || string(reply.Body) != r.want {
				t.Errorf("got %d %q, want %q, because %s", reply.Status, reply.Body, r.want, w.records[0].Reason())
			}
		})
	}
}
