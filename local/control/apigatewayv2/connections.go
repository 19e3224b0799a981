package apigatewayv2

import (
	"context"
	"net/http"

	"portico/local/control/model"
)

// Connections is apigatewaymanagementapi. WebSocket APIs answer its operations themselves, below
// the address of a stage; here arrives what was sent to an address that names none.
type Connections struct{}

// Handlers returns its operations: each says what the address lacks. AWS says Forbidden to it.
func (Connections) Handlers() model.Handlers {
	refuse := func(context.Context, model.Call) (model.Object, error) {
		return nil, &model.Error{
			Code: "ForbiddenException", Status: http.StatusForbidden,
			Message: "Forbidden: the endpoint of apigatewaymanagementapi ends with the stage of a " +
				"WebSocket API, as in http://localhost:3000/{stage}",
		}
	}
	return model.Handlers{
		"DeleteConnection": refuse, "GetConnection": refuse, "PostToConnection": refuse,
	}
}

// Refresh has nothing to put into effect.
func (Connections) Refresh() error { return nil }

// Reset has nothing to forget.
func (Connections) Reset() error { return nil }
