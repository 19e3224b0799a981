package control

import (
	"portico/local/control/apigateway"
	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
	"portico/local/openapi/export"
)

// Exported is an API that a management API created, to be written as a document or program. One of
// REST and HTTP is set.
type Exported struct {
	REST    *api.REST
	HTTP    *api.HTTP
	Options export.Options // what the definition does not say
}

// OpenExports restores the APIs that were created, to export them: it answers nothing else, and
// serves nothing.
func OpenExports(o Options) (*Door, error) {
	d := &Door{options: o}
	for _, service := range openers() {
		if service.name != "apigateway" && service.name != "apigatewayv2" {
			continue
		}
		opened, err := service.open(o, o.folder(service.name))
		if err != nil {
			return nil, err
		}
		d.open = append(d.open, opened)
	}
	return d, nil
}

// Exported finds the APIs with an id or name: what a stage serves, or with "" as they are now.
// Those that have no such stage are left out.
func (d *Door) Exported(called, stage string) ([]Exported, error) {
	var all []Exported
	for _, service := range d.open {
		switch service := service.(type) {
		case *apigateway.Service:
			for _, one := range service.Exported(called, stage) {
				all = append(all, Exported{REST: &one.Definition, Options: one.Options})
			}
		case *apigatewayv2.Service:
			found, err := service.Exported(called, stage)
			if err != nil {
				return nil, err
			}
			for _, one := range found {
				all = append(all, Exported{HTTP: &one.Definition, Options: one.Options})
			}
		}
	}
	return all, nil
}
