package identity

import (
	"slices"
	"strings"
	"time"
)

// UserPool is a Cognito user pool as the template describes it.
type UserPool struct {
	ID, ARN, Name, Region string
	Clients               []Client
	Scopes                []string // of its resource servers: "orders/read"
	// Domain is the pool's prefix or own domain; a pool without one has no sign-in page and no
	// endpoints but its discovery document and key set, as on AWS.
	Domain string
	// SignInWith are the attributes people sign in with in the place of a user name: "email",
	// "phone_number".
	SignInWith []string
	Groups     []Group
	Users      []User
}

// Client is an app client of a user pool.
type Client struct {
	ID, Name string
	Scopes   []string // that it may ask for: "orders/read"
	Secret   string   // "" is a public client
	// OAuth says whether it may use the endpoints of the pool's domain at all.
	OAuth           bool
	Flows           []string // that it may use there: code, implicit, client_credentials
	CallbackURLs    []string
	LogoutURLs      []string
	DefaultRedirect string
	Lifetimes       Lifetimes
	// ReadAttributes are the attributes its tokens may show; nil is all of them.
	ReadAttributes []string
	// Irrevocable says that token revocation is switched off.
	Irrevocable bool
	Rotation    Rotation
}

// Lifetimes say how long the tokens of a client hold; 0 is Cognito's default.
type Lifetimes struct {
	Access, ID, Refresh time.Duration
}

// Rotation says whether a refresh token is replaced when it is used.
type Rotation struct {
	Enabled bool
	Grace   time.Duration // for which a replaced one goes on being accepted
}

// Group is a group of users.
type Group struct {
	Name       string
	RoleARN    string
	Precedence int // of its role; the lowest is preferred
}

// User is a user that the template describes. Others may sign in too.
type User struct {
	Name       string
	Attributes map[string]string
	Groups     []string
}

// The flows of an app client, by the words of AllowedOAuthFlows.
const (
	FlowCode     = "code"
	FlowImplicit = "implicit"
	FlowMachine  = "client_credentials"
)

// Cognito's default lifetimes ("Using tokens with user pools").
const (
	lifetime        = time.Hour
	refreshLifetime = 30 * 24 * time.Hour
)

// Issuer returns the iss claim of the pool's tokens.
func (p UserPool) Issuer() string {
	return "https://cognito-idp." + p.Region + "." + domainSuffix(p.ARN) + "/" + p.ID
}

// domainSuffix returns the domain of the partition that an ARN names.
func domainSuffix(arn string) string {
	if strings.HasPrefix(arn, "arn:aws-cn:") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// user returns what the template says of a user.
func (p UserPool) user(name string) (User, bool) {
	i := slices.IndexFunc(p.Users, func(u User) bool { return u.Name == name })
	if i < 0 {
		return User{}, false
	}
	return p.Users[i], true
}

// allows says whether the client may use a flow on the pool's domain.
func (c Client) allows(flow string) bool { return c.OAuth && slices.Contains(c.Flows, flow) }

// or returns a lifetime, or the default where none is set.
func or(set, byDefault time.Duration) time.Duration {
	if set == 0 {
		return byDefault
	}
	return set
}
