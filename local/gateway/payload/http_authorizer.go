package payload

// AppendJWTAuthorizer20 appends requestContext.authorizer of payload format 2.0 after a JWT
// authorizer. claims is a JSON object; scopes are nil for a route that asks for none.
func AppendJWTAuthorizer20(dst, claims []byte, scopes []string) []byte {
	dst = append(dst, `{"jwt":`...)
	return append(AppendJWTAuthorizer10(dst, claims, scopes), '}')
}

// AppendJWTAuthorizer10 appends requestContext.authorizer of payload format 1.0.
func AppendJWTAuthorizer10(dst, claims []byte, scopes []string) []byte {
	dst = append(dst, `{"claims":`...)
	dst = append(dst, claims...)
	dst = append(dst, `,"scopes":`...)
	if scopes == nil {
		return append(dst, "null}"...)
	}
	for i, scope := range scopes {
		dst = append(dst, opening(i, '['))
		dst = appendHTTPText(dst, scope)
	}
	return append(dst, "]}"...)
}
