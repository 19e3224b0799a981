package main

import (
	"slices"
	"strings"

	"portico/shared/proxy"
)

// caller is who makes a call.
type caller struct {
	customer string   // whose orders it may touch
	scopes   []string // what it may do with them
	userARN  string   // of an IAM caller, who has no customer
}

// callerOf reads the caller from a JWT's claims or a Lambda authorizer's context. Without a claim
// customer the subject is the customer; principalId carries the subject on REST APIs.
func callerOf(o proxy.Origin) caller {
	c := caller{userARN: o.UserARN, scopes: strings.Fields(o.Claims["scope"])}
	for _, claim := range []string{"customer", "custom:customer", "sub", "principalId"} {
		if c.customer = o.Claims[claim]; c.customer != "" {
			break
		}
	}
	return c
}

func (c caller) has(scope string) bool { return slices.Contains(c.scopes, scope) }
