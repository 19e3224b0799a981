package authorize

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// IdentityARN returns the ARN of the role behind a session, with its path when IdentityOf knows it,
// or of the user ("AWS global condition context keys", aws:PrincipalArn).
func (c Credential) IdentityARN() string {
	if c.IdentityOf != "" {
		return c.IdentityOf
	}
	before, name, ok := strings.Cut(c.PrincipalARN, ":assumed-role/")
	if !ok {
		return c.PrincipalARN
	}
	role, _, _ := strings.Cut(name, "/")
	return strings.Replace(before, ":sts:", ":iam:", 1) + ":role/" + role
}

// session returns the name of a role's session; ok is false for a user.
func (c Credential) session() (name string, ok bool) {
	_, name, ok = strings.Cut(c.PrincipalARN, ":assumed-role/")
	if !ok {
		return "", false
	}
	_, name, _ = strings.Cut(name, "/")
	return name, true
}

// identity returns what the caller is, role or user, and its name without a path.
func (c Credential) identity() (kind, name string) {
	parts := strings.SplitN(c.IdentityARN(), ":", 6)
	if len(parts) < 6 {
		return "", ""
	}
	kind, name, _ = strings.Cut(parts[5], "/")
	return kind, name[strings.LastIndexByte(name, '/')+1:]
}

// key is what a role or user is known by: no path, because session ARNs have none.
func (c Credential) key() string {
	parts := strings.SplitN(c.IdentityARN(), ":", 6)
	if len(parts) < 6 {
		return ""
	}
	kind, name := c.identity()
	return parts[4] + ":" + kind + "/" + name
}

// names returns what a policy's Principal may call the caller itself: first the user or session,
// then the role behind the session.
func (c Credential) names() []string {
	names := []string{c.PrincipalARN}
	if identity := c.IdentityARN(); identity != c.PrincipalARN {
		names = append(names, identity)
	}
	return names
}

// accounts returns what it may call the caller's account.
func (c Credential) accounts() []string {
	partition := "aws"
	if parts := strings.SplitN(c.PrincipalARN, ":", 3); len(parts) == 3 {
		partition = parts[1]
	}
	return []string{c.AccountID, "arn:" + partition + ":iam::" + c.AccountID + ":root"}
}

// Conditions returns the condition keys that a caller gives.
func (c Credential) Conditions() map[string][]string {
	keys := map[string][]string{
		"aws:PrincipalArn":          {c.IdentityARN()},
		"aws:PrincipalAccount":      {c.AccountID},
		"aws:PrincipalType":         {"User"},
		"aws:PrincipalIsAWSService": {"false"},
		"aws:userid":                {c.UniqueID()},
	}
	if _, ok := c.session(); ok {
		keys["aws:PrincipalType"] = []string{"AssumedRole"}
	} else if kind, user := c.identity(); kind == "user" {
		keys["aws:username"] = []string{user}
	}
	if c.OrgID != "" {
		keys["aws:PrincipalOrgID"] = []string{c.OrgID}
	}
	for name, value := range c.Tags {
		keys["aws:PrincipalTag/"+name] = []string{value}
	}
	return keys
}

// UniqueID returns the unique id of the caller: AIDA… of a user, AROA…:{session} of a session.
//
// Unlike AWS: it is made from the ARN, and does not change when a user is made anew.
func (c Credential) UniqueID() string {
	prefix, suffix := "AIDA", ""
	if name, ok := c.session(); ok {
		prefix, suffix = "AROA", ":"+name
	}
	sum := sha256.Sum256([]byte(c.IdentityARN()))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17] + suffix
}
