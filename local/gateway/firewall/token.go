package firewall

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/google/uuid"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// Where a request holds its token.
const (
	tokenCookie = "aws-waf-token"
	tokenHeader = "x-aws-waf-token"
)

// tokenAge is how long a browser keeps a token: four days, as AWS's pages tell it.
const tokenAge = 345_600

// Why a token is not valid, in the words of AWS's logs ("CaptchaResponse").
const (
	tokenMissing  = "TOKEN_MISSING"
	tokenExpired  = "TOKEN_EXPIRED"
	tokenInvalid  = "TOKEN_INVALID"
	tokenMismatch = "TOKEN_DOMAIN_MISMATCH"
)

// TokenCheck is what a Captcha or Challenge action made of a request's token.
type TokenCheck struct {
	Solved time.Time // when the client solved it; zero when it did not
	// Failure is TOKEN_MISSING, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_DOMAIN_MISMATCH; "" for none.
	Failure string
}

// AWS's bounds of immunity times, in seconds.
const (
	defaultImmunity = 300
	minCaptcha      = 60
	minChallenge    = 300
	maxImmunity     = 259_200
)

// immunity returns for how long tokens hold: what the rule says, else what the web ACL says.
func (c *compiler) immunity(own api.Immunity) (captcha, challenge time.Duration, err error) {
	puzzle := cmp.Or(own.Captcha, c.def.Immunity.Captcha, defaultImmunity)
	silent := cmp.Or(own.Challenge, c.def.Immunity.Challenge, defaultImmunity)
	if puzzle < minCaptcha || puzzle > maxImmunity {
		return 0, 0, fmt.Errorf("CAPTCHA immunity time of %d s, allowed are %d to %d", puzzle,
			minCaptcha, maxImmunity)
	}
	if silent < minChallenge || silent > maxImmunity {
		return 0, 0, fmt.Errorf("challenge immunity time of %d s, allowed are %d to %d", silent,
			minChallenge, maxImmunity)
	}
	return time.Duration(puzzle) * time.Second, time.Duration(silent) * time.Second, nil
}

// tokens makes and checks the tokens of a web ACL.
//
// Unlike AWS: tokens are signed with a key of this machine. None of AWS's is taken, and AWS takes
// none of these. They are also handed out without TLS, which AWS's scripts want.
type tokens struct {
	key     []byte
	domains []string
	puzzles bool // some action is Captcha, so requests may hold solutions
}

func newTokens(def api.WebACL, secret []byte) tokens {
	if len(secret) == 0 {
		secret = []byte(rand.Text())
	}
	key := hmac.New(sha256.New, secret)
	key.Write([]byte(def.ARN))
	made := tokens{key: key.Sum(nil)}
	for _, domain := range def.TokenDomains {
		made.domains = append(made.domains, strings.ToLower(strings.TrimPrefix(domain, ".")))
	}
	return made
}

// token is what a client has solved.
type token struct {
	ID        string `json:"i"`
	Domain    string `json:"d"`
	Captcha   int64  `json:"c,omitempty"` // Unix seconds; 0 for never
	Challenge int64  `json:"h,omitempty"`
}

// seal signs what a browser is to bring back.
func (t *tokens) seal(purpose string, content any) string {
	text, err := json.Marshal(content)
	if err != nil {
		return "" // of the types of this file, none
	}
	encoded := base64.RawURLEncoding.EncodeToString(text)
	return encoded + "." + t.signature(purpose, encoded)
}

func (t *tokens) signature(purpose, text string) string {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(purpose + ":" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// open reads what seal made, and says whether it did.
func (t *tokens) open(purpose, sealed string, content any) bool {
	encoded, signature, ok := strings.Cut(sealed, ".")
	if !ok || !hmac.Equal([]byte(signature), []byte(t.signature(purpose, encoded))) {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	return err == nil && json.Unmarshal(text, content) == nil
}

// read returns the token of a request, or why it has no valid one.
func (t *tokens) read(r *exchange.Request) (found token, failure string) {
	text := sentToken(r)
	if text == "" {
		return token{}, tokenMissing
	}
	if !t.open("token", text, &found) {
		return token{}, tokenInvalid
	}
	if !t.accepts(found.Domain, hostOf(r)) {
		return token{}, tokenMismatch
	}
	return found, ""
}

func sentToken(r *exchange.Request) string {
	for rest := cookieText(r.Header); rest != ""; {
		var cookie string
		cookie, rest, _ = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
		if name == tokenCookie {
			return value
		}
	}
	return r.Header.Get(tokenHeader)
}

// hostOf returns the domain a client asked for, without port.
func hostOf(r *exchange.Request) string {
	if r.Domain != nil {
		return strings.ToLower(r.Domain.Name)
	}
	return bareHost(r.Host)
}

func bareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

// accepts says whether tokens of a domain hold for a host: for itself, and for the listed domains
// with what lies below them.
func (t *tokens) accepts(domain, host string) bool {
	if domain == host {
		return true
	}
	for _, listed := range t.domains {
		if isBelow(domain, listed) {
			return true
		}
	}
	return false
}

func isBelow(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// domainFor is the shortest domain that a token for a host may have.
func (t *tokens) domainFor(host string) string {
	shortest := host
	for _, listed := range t.domains {
		if isBelow(host, listed) && len(listed) < len(shortest) {
			shortest = listed
		}
	}
	return shortest
}

// renew returns a token with what a client has solved now; what it solved before stays.
func (t *tokens) renew(r *exchange.Request, action Action, now time.Time) token {
	next, failure := t.read(r)
	if failure != "" {
		next = token{ID: uuid.NewString()}
	}
	next.Domain = t.domainFor(hostOf(r))
	if action == Captcha {
		next.Captcha = now.Unix()
	} else {
		next.Challenge = now.Unix()
	}
	return next
}

// domainLetters are what the attribute Domain of a cookie may have.
const domainLetters = "abcdefghijklmnopqrstuvwxyz0123456789.-"

// cookie is the line that gives a browser a token. The attribute Domain is that of the host as the
// browser knows it, which may end with more than the custom domain name.
func (t *tokens) cookie(r *exchange.Request, held token) string {
	line := fmt.Sprintf("%s=%s; Path=/; Max-Age=%d; SameSite=Lax", tokenCookie,
		t.seal("token", held), tokenAge)
	shared := held.Domain + strings.TrimPrefix(bareHost(r.Host), hostOf(r))
	if held.Domain != hostOf(r) && onlyOf(shared, domainLetters) {
		line += "; Domain=" + shared
	}
	if r.TLS {
		line += "; Secure"
	}
	return line
}

// checkToken says whether the request's token has what an action wants, solved not longer ago than
// the immunity time.
//
// Unlike AWS: that a token without the wanted solution counts as expired is a guess.
func (in *inspection) checkToken(action Action, immunity time.Duration) *TokenCheck {
	held, failure := in.acl.tokens.read(in.request)
	if failure != "" {
		return &TokenCheck{Failure: failure}
	}
	solved := held.Challenge
	if action == Captcha {
		solved = held.Captcha
	}
	check := &TokenCheck{}
	if solved != 0 {
		check.Solved = time.Unix(solved, 0).UTC()
	}
	if in.acl.clock.Now().Unix()-solved > int64(immunity/time.Second) {
		check.Failure = tokenExpired
	}
	return check
}

func onlyOf(text, letters string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) }) < 0
}
