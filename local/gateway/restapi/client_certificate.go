package restapi

import (
	"fmt"

	"portico/local/gateway/api"
)

// callerFor chooses who calls the HTTP backends of a stage: one that presents the stage's client
// certificate, where it has one ("Generate and configure an SSL certificate for backend
// authentication"). Calls of AWS services are signed instead, and present none.
func (a *API) callerFor(s *stage, def *api.Stage) error {
	s.caller = a.deps.HTTP
	if def.ClientCertificateID == "" {
		return nil
	}
	s.caller = nil // a backend that asks for the certificate must not be called without
	if a.deps.Presenting == nil {
		return nil
	}
	caller, err := a.deps.Presenting(def.ClientCertificateID)
	if err != nil {
		return fmt.Errorf("stage %s: client certificate %s: %w", def.Name, def.ClientCertificateID, err)
	}
	s.caller = caller
	return nil
}
