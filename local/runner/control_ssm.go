package runner

import (
	"portico/local/control/ssm"
)

// parameterHost shows Parameter Store what stands in the settings.
type parameterHost struct{ runner *Runner }

var _ ssm.Host = parameterHost{}

// Settings returns the parameters of portico.yaml.
func (h parameterHost) Settings() map[string]string { return h.runner.App().Settings.SSM }
