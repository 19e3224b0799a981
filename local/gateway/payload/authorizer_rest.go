package payload

// AppendTokenEvent appends the event of a TOKEN authorizer; token is the header's value as sent,
// "Bearer" included.
func AppendTokenEvent(dst []byte, token, methodARN string) []byte {
	dst = append(dst, `{"type":"TOKEN","authorizationToken":`...)
	dst = appendQuoted(dst, token)
	dst = append(dst, `,"methodArn":`...)
	dst = appendQuoted(dst, methodARN)
	return append(dst, '}')
}

// AppendRequestEvent appends the event of a REQUEST authorizer: the call without its body. Unlike
// in the event of an integration, what is absent is an empty object.
func (c *REST) AppendRequestEvent(dst []byte, methodARN string) []byte {
	dst = append(dst, `{"type":"REQUEST","methodArn":`...)
	dst = appendQuoted(dst, methodARN)
	dst = append(dst, ',')
	dst = c.appendRoute(dst)
	dst = appendQuery(dst, c.Query, "{}")
	dst = append(dst, `,"pathParameters":`...)
	dst = c.appendPathParameters(dst, "{}")
	dst = append(dst, `,"stageVariables":`...)
	if c.StageVariables == nil {
		dst = append(dst, "{}"...)
	}
	dst = append(dst, c.StageVariables...)
	dst = append(dst, `,"requestContext":`...)
	dst = c.appendContext(dst)
	return append(dst, '}')
}
