package api

// WebSocket is a WebSocket API (apigatewayv2, ProtocolType WEBSOCKET).
type WebSocket struct {
	ID                        string
	Name                      string
	Account                   Account
	RouteSelectionExpression  string // $request.body.action
	APIKeySelectionExpression string
	DisableExecuteAPIEndpoint bool
	Routes                    []Route
	Integrations              map[string]V2Integration // by id
	Authorizers               map[string]V2Authorizer  // by id
	Models                    map[string]Model         // by name
	Stages                    []Stage
	UsagePlans                []UsagePlan // those that name a stage of this API
}

// V2IntegrationResponse says what a two-way route of a WebSocket API makes of one kind of answer.
type V2IntegrationResponse struct {
	Key               string            // $default, or a Java regular expression between slashes: /4\d\d/
	Templates         map[string]string // by what TemplateSelection selects
	TemplateSelection string
	Parameters        map[string]string // method.response.header.x → expression
	ContentHandling   string            // "", CONVERT_TO_BINARY, CONVERT_TO_TEXT
}
