package identity

import "strings"

// UserPool is a Cognito user pool as the template describes it.
type UserPool struct {
	ID, ARN, Name, Region string
	Clients               []Client
	Scopes                []string // of its resource servers: "orders/read"
}

// Client is an app client of a user pool.
type Client struct {
	ID, Name string
	Scopes   []string // that it may ask for: "orders/read"
}

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
