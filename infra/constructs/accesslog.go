package constructs

import "strings"

// accessLogGroup names the log group of a stage. HTTP APIs deliver through a resource policy that
// CloudWatch Logs limits in size; names below /aws/vendedlogs/ are not listed in it one by one.
func accessLogGroup(api string) string {
	return "/aws/vendedlogs/apigateway/" + api
}

// accessLogFormat returns one line of JSON with a member per context variable. All values are
// strings, because an undefined variable prints as a dash.
func accessLogFormat(variables [][2]string) string {
	var line strings.Builder
	for i, v := range variables {
		if i > 0 {
			line.WriteByte(',')
		}
		line.WriteString(`"` + v[0] + `":"$context.` + v[1] + `"`)
	}
	return "{" + line.String() + "}"
}

// restAccessLog lists what a REST stage logs of a call.
func restAccessLog() [][2]string {
	return [][2]string{
		{"requestId", "requestId"},
		{"extendedRequestId", "extendedRequestId"},
		{"ip", "identity.sourceIp"},
		{"requestTime", "requestTime"},
		{"httpMethod", "httpMethod"},
		{"resourcePath", "resourcePath"},
		{"path", "path"},
		{"protocol", "protocol"},
		{"status", "status"},
		{"responseLength", "responseLength"},
		{"responseLatency", "responseLatency"},
		{"integrationStatus", "integration.status"},
		{"integrationLatency", "integration.latency"},
		{"integrationError", "integration.error"},
		{"authorizerStatus", "authorizer.status"},
		{"authorizerError", "authorizer.error"},
		{"principalId", "authorizer.principalId"},
		{"apiKeyId", "identity.apiKeyId"},
		{"wafStatus", "wafResponseCode"},
		{"errorType", "error.responseType"},
	}
}

// httpAccessLog lists what the stage of an HTTP API logs of a call.
func httpAccessLog() [][2]string {
	return [][2]string{
		{"requestId", "requestId"},
		{"ip", "identity.sourceIp"},
		{"requestTime", "requestTime"},
		{"httpMethod", "httpMethod"},
		{"routeKey", "routeKey"},
		{"path", "path"},
		{"protocol", "protocol"},
		{"status", "status"},
		{"responseLength", "responseLength"},
		{"responseLatency", "responseLatency"},
		{"integrationStatus", "integration.status"},
		{"integrationLatency", "integration.latency"},
		{"integrationError", "integrationErrorMessage"},
		{"authorizerError", "authorizer.error"},
		{"subject", "authorizer.claims.sub"},
		{"errorType", "error.responseType"},
	}
}

// webSocketAccessLog lists what the stage of a WebSocket API logs of a connection or message.
func webSocketAccessLog() [][2]string {
	return [][2]string{
		{"requestId", "requestId"},
		{"ip", "identity.sourceIp"},
		{"requestTime", "requestTime"},
		{"eventType", "eventType"},
		{"routeKey", "routeKey"},
		{"connectionId", "connectionId"},
		{"status", "status"},
		{"integrationStatus", "integration.status"},
		{"integrationLatency", "integration.latency"},
		{"integrationError", "integration.error"},
		{"authorizerStatus", "authorizer.status"},
		{"authorizerError", "authorizer.error"},
		{"principalId", "authorizer.principalId"},
		{"errorType", "error.responseType"},
	}
}
