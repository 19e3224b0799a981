package runner

import "portico/local/gateway/api"

// freezeWebSocket is freeze for a WebSocket API.
func (d *deployments) freezeWebSocket(definition api.WebSocket) error {
	frozen := definition
	frozen.Stages, frozen.UsagePlans = nil, nil
	for _, stage := range definition.Stages {
		if stage.AutoDeploy || stage.DeploymentID == "" {
			continue
		}
		if err := d.keep(deployed{
			path: pathOf(d.webSocket, definition.ID, stage.DeploymentID), id: stage.DeploymentID,
			kind: "AWS::ApiGatewayV2::Deployment", api: definition.Name, stage: stage.Name,
		}, frozen); err != nil {
			return err
		}
	}
	return nil
}

// ofWebSocket returns what finds the deployments of a WebSocket API.
func (d *deployments) ofWebSocket(apiID string) func(id string) (api.WebSocket, bool) {
	return func(id string) (api.WebSocket, bool) {
		return readDeployment[api.WebSocket](pathOf(d.webSocket, apiID, id))
	}
}
