package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Bounds of what a person may type, and of how long the page may lie open.
const (
	maxName      = 128
	maxClaims    = 50
	formLifetime = 30 * time.Minute
)

// csrf names the field that shows that the form came from here.
const csrf = "_csrf"

// login shows the sign-in page.
func (p *Provider) login(w http.ResponseWriter, r *http.Request, pool *pool) {
	asked, wrong := pool.judge(r.URL.Query())
	if wrong != nil {
		wrong.report(w, r)
		return
	}
	p.showForm(w, r, pool, form{asked: asked, query: r.URL.Query(), name: asked.hint})
}

// form is the sign-in page as it stands in front of a person.
type form struct {
	asked        authorization
	query        url.Values // of the authorization request
	name, claims string
	groups       []string
	wrong        string
}

func (p *Provider) showForm(w http.ResponseWriter, r *http.Request, pool *pool, f form) {
	token, err := p.formToken(pool, f.query, p.clock.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	view := signInView{
		Title: "Sign in", Pool: pool.Name, Client: f.asked.client.Name, Wrong: f.wrong, Style: style,
		Action: basePath(r, pool.ID) + "/login", Hidden: []field{{csrf, token}},
		NameLabel: nameLabel(pool.SignInWith), Username: f.name, Claims: f.claims,
		Scopes: f.asked.scopes, Redirect: f.asked.redirect,
	}
	for _, name := range authorizationParameters() {
		if f.query.Has(name) {
			view.Hidden = append(view.Hidden, field{name, f.query.Get(name)})
		}
	}
	for _, user := range pool.Users {
		view.Users = append(view.Users, user.Name)
	}
	for _, group := range pool.Groups {
		view.Groups = append(view.Groups, choice{group.Name, slices.Contains(f.groups, group.Name)})
	}
	status := http.StatusOK
	if f.wrong != "" {
		status = http.StatusBadRequest
	}
	writePage(w, status, signInPage, f.asked.redirect, view)
}

func nameLabel(with []string) string {
	email, phone := slices.Contains(with, "email"), slices.Contains(with, "phone_number")
	switch {
	case email && phone:
		return "Email or phone number"
	case email:
		return "Email"
	case phone:
		return "Phone number"
	}
	return "User name"
}

// signIn takes the form, and sends the person back to the client.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request, pool *pool) {
	if err := r.ParseForm(); err != nil {
		(&mistake{code: "invalid_request", description: "the form cannot be read"}).report(w, r)
		return
	}
	asked, wrong := pool.judge(r.PostForm)
	if wrong != nil {
		wrong.report(w, r)
		return
	}
	f := form{
		asked: asked, query: r.PostForm, name: strings.TrimSpace(r.PostForm.Get("username")),
		claims: r.PostForm.Get("claims"), groups: r.PostForm["group"],
	}
	who, why := pool.personOf(f)
	if !p.isOwnForm(pool, r.PostForm) {
		why = "The page lay open too long, or the form did not come from it. Sign in again."
	}
	if why != "" {
		f.wrong = why
		p.showForm(w, r, pool, f)
		return
	}
	target, err := p.goBack(pool, asked, who)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, target, http.StatusFound)
}

// personOf reads what was typed, and says what is wrong with it.
func (p *pool) personOf(f form) (who person, why string) {
	who = person{name: f.name, groups: f.groups, claims: map[string]string{}}
	if who.name == "" || len(who.name) > maxName {
		return who, fmt.Sprintf("The name has %d bytes, want 1 to %d.", len(who.name), maxName)
	}
	for _, name := range f.groups {
		if !slices.ContainsFunc(p.Groups, func(g Group) bool { return g.Name == name }) {
			return who, fmt.Sprintf("The user pool has no group %q.", name)
		}
	}
	for line := range strings.Lines(f.claims) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !found || name == "" {
			return who, fmt.Sprintf("The line %q is no name=value.", line)
		}
		if isReserved(name) {
			return who, fmt.Sprintf("The claim %s is Cognito's own.", name)
		}
		who.claims[name] = strings.TrimSpace(value)
	}
	if len(who.claims) > maxClaims {
		return who, fmt.Sprintf("There are %d claims, want at most %d.", len(who.claims), maxClaims)
	}
	return who, ""
}

// reservedClaims are those that a trigger cannot set either ("Pre token generation Lambda
// trigger").
const reservedClaims = " acr amr at_hash aud auth_time azp client_id event_id exp iat iss jti " +
	"nbf nonce origin_jti scope sub token_use username version cognito:groups cognito:preferred_role " +
	"cognito:roles cognito:username "

func isReserved(name string) bool { return strings.Contains(reservedClaims, " "+name+" ") }

// goBack signs the person in, and returns the client's address with a code or tokens.
func (p *Provider) goBack(pool *pool, asked authorization, who person) (string, error) {
	s := p.begin(pool, asked.client, who, asked.scopes)
	s.Nonce = asked.nonce
	parameters := url.Values{}
	if asked.state != "" {
		parameters.Set("state", asked.state)
	}
	if asked.responseType == "code" {
		code := uuid.NewString()
		p.codes.put(code, grant{
			pool: pool.ID, redirect: asked.redirect, challenge: asked.challenge, session: s,
			expires: p.clock.Now().Add(codeLifetime),
		})
		parameters.Set("code", code)
		return withQuery(asked.redirect, parameters), nil
	}
	tokens, err := p.tokensOf(pool, asked.client, s)
	if err != nil {
		return "", err
	}
	for name, value := range map[string]string{
		"access_token": tokens.Access, "id_token": tokens.ID, "token_type": tokens.Type,
		"expires_in": strconv.Itoa(tokens.ExpiresIn),
	} {
		if value != "" {
			parameters.Set(name, value)
		}
	}
	return asked.redirect + "#" + parameters.Encode(), nil
}

// formToken returns what a form of an authorization request carries: when it was shown, and proof
// that it was shown here for that request.
func (p *Provider) formToken(pool *pool, query url.Values, shown time.Time) (string, error) {
	key, err := pool.key.derive("sign-in forms of " + pool.ID)
	if err != nil {
		return "", err
	}
	stamp := binary.BigEndian.AppendUint64(nil, uint64(shown.Unix()))
	mac := hmac.New(sha256.New, key)
	mac.Write(stamp)
	for _, name := range authorizationParameters() {
		fmt.Fprintf(mac, "%d:%s", len(query.Get(name)), query.Get(name))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(stamp)), nil
}

// isOwnForm says whether a form was shown here, not too long ago, for the request that it carries.
func (p *Provider) isOwnForm(pool *pool, posted url.Values) bool {
	const stampLength = 8
	given := posted.Get(csrf)
	token, err := base64.RawURLEncoding.DecodeString(given)
	if err != nil || len(token) != stampLength+sha256.Size {
		return false
	}
	shown := time.Unix(int64(binary.BigEndian.Uint64(token)), 0)
	want, err := p.formToken(pool, posted, shown)
	age := p.clock.Now().Sub(shown)
	return err == nil && hmac.Equal([]byte(want), []byte(given)) && age >= 0 && age < formLifetime
}
