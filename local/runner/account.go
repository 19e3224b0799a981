package runner

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"portico/local/gateway/throttle"
)

// AccountSettings are what portico.yaml says of the account: its id alone, or
//
//	account:
//	  id: "123456789012"
//	  throttle: { rate: 10000, burst: 5000 }
//	  newConnections: { rate: 500, burst: 500 }
type AccountSettings struct {
	// ID stands in for that of an environment-agnostic stack.
	ID string `yaml:"id"`
	// Throttle is the quota of all calls of the account together; that of a new account when absent.
	Throttle *ThrottleSettings `yaml:"throttle"`
	// NewConnections is the quota of new WebSocket connections.
	NewConnections *ThrottleSettings `yaml:"newConnections"`
}

// ThrottleSettings are a token bucket.
type ThrottleSettings struct {
	Rate  float64 `yaml:"rate"`
	Burst int     `yaml:"burst"`
}

// UnmarshalYAML reads the id alone, or all of it.
func (a *AccountSettings) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		a.ID = node.Value
		return nil
	}
	type plain AccountSettings
	if err := node.Load((*plain)(a), yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return err
	}
	for name, given := range map[string]*ThrottleSettings{
		"throttle": a.Throttle, "newConnections": a.NewConnections,
	} {
		if given == nil {
			continue
		}
		if err := throttle.Limit(*given).Check(); err != nil {
			return fmt.Errorf("line %d: account.%s: %w", node.Line, name, err)
		}
	}
	return nil
}

// quotasOf returns the quotas of an app's account: those of a new one, unless the settings differ.
func quotasOf(app *App) throttle.Quotas {
	quotas := throttle.NewAccount(app.Lambda.Region)
	if given := app.Settings.Account.Throttle; given != nil {
		quotas.Requests = throttle.Limit(*given)
	}
	if given := app.Settings.Account.NewConnections; given != nil {
		quotas.Connections = throttle.Limit(*given)
	}
	return quotas
}
