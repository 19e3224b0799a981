package restapi

import "fmt"

// FlushAuthorizers forgets the results that the authorizers of a stage keep, its canary's too, as
// FlushStageAuthorizersCache does. What Cognito authorizers are shown is judged at every call.
func (a *API) FlushAuthorizers(stage string) error {
	s := a.stages[stage]
	if s == nil {
		return fmt.Errorf("REST API %s has no stage %q", a.def.Name, stage)
	}
	for ; s != nil; s = s.canary {
		for _, guard := range s.guards {
			if asked, ok := guard.(*lambdaAuthorizer); ok {
				asked.lambda.Flush()
			}
		}
	}
	return nil
}
