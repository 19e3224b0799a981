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
	Stages                    []Stage
	UsagePlans                []UsagePlan // those that name a stage of this API
}
