package control

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxFederated is how much of a body is looked at: tokens have 20,000 characters at most.
const maxFederated = 64 << 10

// federated says whether a request assumes a role with what another provider issued: such requests of
// STS are not signed, so that only their body says what they are. The body can be read all the same.
func federated(r *http.Request) bool {
	if r.Method != http.MethodPost || r.URL.Path != "/" || r.Body == nil ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return false
	}
	start, err := io.ReadAll(io.LimitReader(r.Body, maxFederated))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), r.Body), r.Body}
	return err == nil && isFederated(start)
}

// isFederated says of a body what federated says of its request.
func isFederated(body []byte) bool {
	form, err := url.ParseQuery(string(body))
	return err == nil && strings.HasPrefix(form.Get("Action"), "AssumeRoleWith")
}
