package identity

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// session is one sign-in of a user: all tokens of it say the same of who that is. It travels in
// authorization codes and refresh tokens.
type session struct {
	Client     string            `json:"client"`
	Subject    string            `json:"sub"`
	Username   string            `json:"username"`
	Scopes     []string          `json:"scopes"`
	Groups     []string          `json:"groups,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"` // of the user: in ID tokens
	Claims     map[string]string `json:"claims,omitempty"`     // of both kinds of token
	Nonce      string            `json:"nonce,omitempty"`
	Began      int64             `json:"began"` // seconds
	Origin     string            `json:"origin"`
	Event      string            `json:"event"`
}

// person is what somebody typed into the sign-in page.
type person struct {
	name   string
	groups []string
	claims map[string]string // attributes among them
}

// begin makes the session of a person who signs in.
func (p *Provider) begin(pool *pool, client Client, who person, scopes []string) session {
	s := session{
		Client: client.ID, Scopes: scopes, Claims: map[string]string{},
		Began: p.clock.Now().Unix(), Origin: uuid.NewString(), Event: uuid.NewString(),
	}
	s.Subject = uuid.NewSHA1(uuid.NameSpaceURL, []byte(pool.Issuer()+"/"+who.name)).String()
	s.Username = who.name
	if len(pool.SignInWith) > 0 {
		s.Username = s.Subject // as Cognito names users who sign in with an attribute
	}
	s.Attributes = pool.attributesOf(who.name)
	for name, value := range who.claims {
		if isAttribute(name) {
			s.Attributes[name] = value
		} else {
			s.Claims[name] = value
		}
	}
	known, _ := pool.user(who.name)
	s.Groups = slices.Compact(slices.Sorted(slices.Values(slices.Concat(known.Groups, who.groups))))
	p.people.put(pool.ID, s.Username, s.Attributes)
	return s
}

// attributesOf returns the attributes of a user of the template, or of one made up.
func (p *pool) attributesOf(name string) map[string]string {
	if known, ok := p.user(name); ok {
		return maps.Clone(known.Attributes)
	}
	if slices.Contains(p.SignInWith, "phone_number") && strings.HasPrefix(name, "+") {
		return map[string]string{"phone_number": name, "phone_number_verified": "true"}
	}
	return map[string]string{"email": email(name), "email_verified": "true"}
}

// standardAttributes are the attributes that every user has in Cognito, besides custom: ones.
const standardAttributes = " address birthdate email email_verified family_name gender " +
	"given_name locale middle_name name nickname phone_number phone_number_verified picture " +
	"preferred_username profile updated_at website zoneinfo "

func isAttribute(name string) bool {
	return strings.HasPrefix(name, "custom:") || strings.Contains(standardAttributes, " "+name+" ")
}

// visible returns the attributes that scopes and the client's read rights show ("Scopes, M2M, and
// API authorization with resource servers"): openid alone shows all, and so does profile; email
// and phone show their own.
func visible(all map[string]string, scopes []string, client Client) map[string]string {
	narrow := slices.Contains(scopes, "email") || slices.Contains(scopes, "phone")
	everything := slices.Contains(scopes, "profile") || !narrow
	shown := map[string]string{}
	for name, value := range all {
		wanted := everything ||
			strings.HasPrefix(name, "email") && slices.Contains(scopes, "email") ||
			strings.HasPrefix(name, "phone_number") && slices.Contains(scopes, "phone")
		readable := client.ReadAttributes == nil || slices.Contains(client.ReadAttributes, name)
		if wanted && readable {
			shown[name] = value
		}
	}
	return shown
}

// shared returns the claims that access and ID tokens of a session have in common.
func (p *Provider) shared(pool *pool, client Client, s session) jwt.MapClaims {
	claims := jwt.MapClaims{
		"sub": s.Subject, "iss": pool.Issuer(), "auth_time": s.Began,
		"iat": p.clock.Now().Unix(), "jti": uuid.NewString(), "event_id": s.Event,
	}
	if !client.Irrevocable {
		claims["origin_jti"] = s.Origin
	}
	if len(s.Groups) > 0 {
		claims["cognito:groups"] = s.Groups
	}
	for name, value := range s.Claims {
		claims[name] = value
	}
	return claims
}

// accessToken mints the access token of a session.
func (p *Provider) accessToken(pool *pool, client Client, s session) (
	string, time.Duration, error,
) {
	holds := or(client.Lifetimes.Access, lifetime)
	claims := p.shared(pool, client, s)
	claims["exp"] = p.clock.Now().Add(holds).Unix()
	claims["token_use"], claims["client_id"], claims["version"] = Access, client.ID, 2
	claims["username"], claims["scope"] = s.Username, strings.Join(s.Scopes, " ")
	token, err := pool.sign(claims)
	return token, holds, err
}

// idToken mints the ID token that goes with an access token.
func (p *Provider) idToken(pool *pool, client Client, s session, access string) (string, error) {
	claims := p.shared(pool, client, s)
	claims["exp"] = p.clock.Now().Add(or(client.Lifetimes.ID, lifetime)).Unix()
	claims["token_use"], claims["aud"], claims["cognito:username"] = ID, client.ID, s.Username
	for name, value := range visible(s.Attributes, s.Scopes, client) {
		claims[name] = value
		if strings.HasSuffix(name, "_verified") {
			claims[name] = value == "true"
		}
	}
	if s.Nonce != "" {
		claims["nonce"] = s.Nonce
	}
	if roles, preferred := pool.rolesOf(s.Groups); len(roles) > 0 {
		claims["cognito:roles"] = roles
		if preferred != "" {
			claims["cognito:preferred_role"] = preferred
		}
	}
	sum := sha256.Sum256([]byte(access))
	claims["at_hash"] = base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	return pool.sign(claims)
}

// rolesOf returns the roles of groups, and the one of the group that comes first ("Adding groups to
// a user pool"): none when two come first with different roles.
func (p *pool) rolesOf(names []string) (roles []string, preferred string) {
	var groups []Group
	for _, g := range p.Groups {
		if g.RoleARN != "" && slices.Contains(names, g.Name) {
			groups = append(groups, g)
			roles = append(roles, g.RoleARN)
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		return cmp.Compare(a.Precedence, b.Precedence)
	})
	tied := len(groups) > 1 && groups[0].Precedence == groups[1].Precedence &&
		groups[0].RoleARN != groups[1].RoleARN
	if len(groups) > 0 && !tied {
		preferred = groups[0].RoleARN
	}
	return roles, preferred
}
