package stacks

import (
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/shared/names"
)

// Realtime is the WebSocket API that tells clients of changed orders, with its function. It stands
// before the other functions, because who changes an order pushes through this API.
func Realtime(a *Application) error {
	stack := a.stack("realtime", "WebSocket API that tells clients of changed orders.")
	stack.AddDependency(a.account, jsii.String("the stage writes logs with the account's role"))
	api, err := constructs.NewWebSocketAPI(stack, constructs.WebSocketAPIProps{
		Name:           a.prefix() + "-realtime",
		Description:    "Live updates of orders.",
		StageName:      a.Settings.Environment,
		RouteSelection: "$request.body.action",
		Throttle:       throttle(a.Settings.Throttle),
		Logs:           a.logs(),
	})
	if err != nil {
		return err
	}
	a.realtime = api
	domain, err := a.domain(stack, "live", false)
	if err != nil {
		return err
	}
	if domain != nil {
		if err := domain.ServeWebSocket(api); err != nil {
			return err
		}
	}
	function, err := a.function(stack, names.Realtime,
		"Keeps connections and what they subscribed to.",
		map[string]string{
			names.ConnectionsTable: *a.connections.TableName(),
			names.RealtimeEndpoint: api.Endpoint(),
		})
	if err != nil {
		return err
	}
	a.allowPushes(function)
	function.Allow([]string{*a.connections.TableArn()}, "dynamodb:PutItem")
	if err := a.shift(stack, function); err != nil {
		return err
	}
	output(stack, "Endpoint", "Where WebSocket clients connect.", *api.Stage.Url())
	return api.AddRoutes(a.authorizer, []constructs.WebSocketRoute{
		{Key: "$connect", Function: function, Access: constructs.Authorized()},
		{Key: "$disconnect", Function: function},
		{Key: "$default", Function: function},
		{Key: "subscribe", Function: function, Replies: true},
		{Key: "unsubscribe", Function: function, Replies: true},
	})
}

// allowPushes lets a function find the connections of an order, post to them, and forget those
// that are gone.
func (a *Application) allowPushes(f *constructs.Function) {
	table := *a.connections.TableArn()
	f.Allow([]string{table, table + "/index/" + names.ByOrder},
		"dynamodb:Query", "dynamodb:DeleteItem")
	f.AllowAny("a connection has an id once it is open: the stage's connections are the least",
		[]string{a.realtime.ConnectionsARN("POST")}, "execute-api:ManageConnections")
}
