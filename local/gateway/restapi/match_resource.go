package restapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// matchResource finds the method. An unknown path and an unknown method get the same answer, which
// is another one for a client that tries to authenticate by anything but a signature.
func (a *API) matchResource(ctx context.Context, c *call) error {
	path := c.path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/") // so that {proxy+} does not end in one either
	}
	match, ok := c.stage.tree.Match(c.vars.HTTPMethod, path)
	if !ok {
		return a.unknownRoute(ctx, c)
	}
	c.method, c.params = match.Value, match.Params
	c.vars.ResourceID = match.Value.resource.ID
	c.vars.ResourcePath = match.Value.resource.Path
	c.vars.OperationName = match.Value.def.OperationName
	c.Note("method", match.Value.route)
	return nil
}

// unknownRoute refuses a call of what is not there. Only a signer whose policies would let it in is
// told so: "after an API request passes authentication and authorization" ("Gateway response
// types", RESOURCE_NOT_FOUND). That AWS answers signed calls so, users of its SDKs and of Step
// Functions report; that it does not say so to all others is a guess.
func (a *API) unknownRoute(ctx context.Context, c *call) error {
	authorization := c.request.Header.Get("Authorization")
	isSigned := strings.HasPrefix(authorization, "AWS4-")
	if isSigned || strings.Contains(c.request.RawQuery, "X-Amz-Signature=") {
		if err := a.compileIAM(c.stage).authorize(ctx, c); err == nil {
			return noMethod(c.vars.HTTPMethod, c.path)
		}
	}
	if isSigned || authorization == "" {
		return unknownRoute(c.vars.HTTPMethod, c.path)
	}
	return incompleteSignature(noSignature(authorization), fmt.Sprintf(
		"no resource serves %s %s, and the Authorization header is no signature",
		c.vars.HTTPMethod, c.path))
}

// noSignature returns AWS's words for an Authorization header of another scheme.
func noSignature(authorization string) string {
	if pair, missing := withoutEqualSign(authorization); missing {
		sum := sha256.Sum256([]byte(pair))
		return "Invalid key=value pair (missing equal-sign) in Authorization " +
			"header (hashed with SHA-256 and encoded with Base64): '" +
			base64.StdEncoding.EncodeToString(sum[:]) + "'."
	}
	return "Authorization header requires 'Credential' parameter. " +
		"Authorization header requires 'Signature' parameter. Authorization header requires " +
		"'SignedHeaders' parameter. Authorization header requires existence of either a " +
		"'X-Amz-Date' or a 'Date' header. Authorization=" + authorization
}

// withoutEqualSign returns the first part of an Authorization header that is no key=value pair.
func withoutEqualSign(authorization string) (part string, missing bool) {
	_, pairs, found := strings.Cut(authorization, " ")
	if !found {
		pairs = authorization
	}
	for pair := range strings.SplitSeq(pairs, ",") {
		if pair = strings.TrimSpace(pair); !strings.Contains(pair, "=") {
			return pair, true
		}
	}
	return "", false
}
