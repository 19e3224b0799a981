package identity

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
)

// style is the look of the pages. The policy of the pages names its hash: no other style, no
// script, and nothing from elsewhere is taken.
const style = `:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;
font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}
main{width:min(100%,26rem)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.125rem;margin:1.5rem 0 0}
p{margin:0 0 1.25rem}
.quiet{opacity:.75;font-size:.875rem}
label,legend{display:block;font-weight:600;padding:0}
fieldset{border:0;margin:0 0 1rem;padding:0}
fieldset label{font-weight:400;padding:.25rem 0}
input[type=text],textarea{width:100%;margin:.25rem 0 1rem;padding:.625rem .75rem;font:inherit;
color:inherit;background:Field;border:1px solid GrayText;border-radius:.375rem}
textarea{font-family:ui-monospace,monospace;font-size:.875rem;margin-bottom:.25rem}
button{width:100%;padding:.75rem;font:inherit;font-weight:600;color:#fff;background:#0b57d0;
border:0;border-radius:.375rem;cursor:pointer}
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}
.wrong{margin-top:1rem;padding:.75rem;border:1px solid #b3261e;border-left-width:.375rem;
border-radius:.375rem}
dl{margin:.75rem 0}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}`

const pageHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{{.Title}}</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
`

const pageFoot = `</main>
</body>
</html>
`

const signInText = pageHead + `<p class="quiet">User pool {{.Pool}}, app client {{.Client}}. This
page stands in for Amazon Cognito on this machine: anybody signs in under any name, without a password.</p>
{{with .Wrong}}<p class="wrong" role="alert" id="wrong">{{.}}</p>
{{end}}<form method="post" action="{{.Action}}" autocomplete="off">
{{range .Hidden}}<input type="hidden" name="{{.Name}}" value="{{.Value}}">
{{end}}<label for="username">{{.NameLabel}}</label>
<input type="text" id="username" name="username" value="{{.Username}}" required maxlength="128"
 autocapitalize="none" spellcheck="false" autofocus list="users"
{{if .Wrong}} aria-describedby="wrong"{{end}}>
<datalist id="users">{{range .Users}}<option value="{{.}}"></option>{{end}}</datalist>
{{with .Groups}}<fieldset>
<legend>Groups</legend>
{{range .}}<label><input type="checkbox" name="group" value="{{.Name}}"
{{if .Chosen}} checked{{end}}> {{.Name}}</label>
{{end}}</fieldset>
{{end}}<label for="claims">Attributes and claims</label>
<textarea id="claims" name="claims" rows="3" spellcheck="false" aria-describedby="claims-help"
 placeholder="name=Ada Lovelace">{{.Claims}}</textarea>
<p class="quiet" id="claims-help">One name=value on a line. Attributes (email, custom:…) stand in
the ID token; anything else in both tokens, as a trigger would add it.</p>
<button type="submit">Sign in</button>
</form>
<dl class="quiet"><dt>Scopes</dt><dd>{{range .Scopes}}{{.}} {{else}}none{{end}}</dd>
<dt>Then back to</dt><dd>{{.Redirect}}</dd></dl>
` + pageFoot

const errorText = pageHead + `<p class="wrong" role="alert"><strong>{{.Code}}</strong><br>
{{.Description}}</p>
` + pageFoot

const overviewText = pageHead + `<p class="quiet">The local stand-in for the domain {{.Domain}}.
Where clients are configured with that domain, give them the addresses of the <a href="{{.Discovery}}">discovery
document</a>.</p>
{{range .Clients}}<h2>{{.Name}}</h2>
<dl><dt>Client id</dt><dd>{{.ID}}</dd>
<dt>Secret</dt><dd>{{or .Secret "none"}}</dd>
<dt>Flows</dt><dd>{{range .Flows}}{{.}} {{else}}none{{end}}</dd>
<dt>Scopes</dt><dd>{{range .Scopes}}{{.}} {{else}}none{{end}}</dd></dl>
{{range .Links}}<p><a href="{{.URL}}">Sign in</a> and go to {{.To}}</p>
{{end}}{{else}}<p>The pool has no app clients.</p>
{{end}}` + pageFoot

// page names a template of a page; templates are parsed when they are shown, which people do.
type page string

const (
	signInPage   page = signInText
	errorPage    page = errorText
	overviewPage page = overviewText
)

// field is one hidden input.
type field struct{ Name, Value string }

// choice is a group that can be chosen.
type choice struct {
	Name   string
	Chosen bool
}

// signInView is what the sign-in page shows.
type signInView struct {
	Title, Pool, Client, Wrong, Action string
	Style                              template.CSS
	Hidden                             []field
	NameLabel, Username, Claims        string
	Users                              []string
	Groups                             []choice
	Scopes                             []string
	Redirect                           string
}

// errorView is what the page of a mistake shows.
type errorView struct {
	Title, Code, Description string
	Style                    template.CSS
}

func (m *mistake) view() errorView {
	return errorView{
		Title: "Nobody can sign in here", Code: m.code, Description: m.description, Style: style,
	}
}

// writePage answers with a page. A form on it may lead to this machine, and from there to redirect.
func writePage(w http.ResponseWriter, status int, p page, redirect string, view any) {
	parsed, err := template.New("page").Parse(string(p))
	var text bytes.Buffer
	if err == nil {
		err = parsed.Execute(&text, view)
	}
	if err != nil {
		http.Error(w, "writing the page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256([]byte(style))
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; "+
		"frame-ancestors 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; "+
		"form-action 'self'"+formTarget(redirect))
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin") // no-referrer would hide a form's own origin
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // the person may have gone: nobody is left to tell
}

// formTarget returns the source of a policy for an address: browsers hold redirects of a form
// against it too.
func formTarget(address string) string {
	target, err := url.Parse(address)
	if err != nil || target.Scheme == "" {
		return ""
	}
	plain := target.Hostname() != "" && !bytes.ContainsAny([]byte(target.Host), "[;, '\"")
	if plain && (target.Scheme == "http" || target.Scheme == "https") {
		return " " + target.Scheme + "://" + target.Host
	}
	return " " + target.Scheme + ":"
}
