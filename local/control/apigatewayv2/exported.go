package apigatewayv2

import (
	"context"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/openapi/export"
)

// Exported is an HTTP API that was created here, and what its definition does not say.
type Exported struct {
	Definition api.HTTP
	Options    export.Options
}

// Exported returns the HTTP APIs with an id or name, of every region: what a stage serves, or with
// "" as they are now.
func (s *Service) Exported(called, stage string) ([]Exported, error) {
	var all []Exported
	for _, region := range s.store.Regions() {
		w := s.store.Read(region)
		for id, a := range w.APIs {
			if a.isWebSocket() || id != called && a.About.Text("Name") != called ||
				stage != "" && a.Parts[stages][stage] == nil {
				continue
			}
			c := s.newCall(context.Background(), model.Call{
				Region: region, Input: model.Object{"StageName": stage},
			}, w)
			found, err := c.exported(a)
			if err != nil {
				return nil, err
			}
			all = append(all, Exported{Definition: *found.HTTP, Options: export.Options{
				Description: a.About.Text("Description"), Version: a.About.Text("Version"),
			}})
		}
	}
	return all, nil
}
