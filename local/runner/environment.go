package runner

import (
	"maps"
	"strings"

	"portico/local/lambda"
)

// endpoints are the local addresses of the app's own APIs, by the host AWS would give them.
type endpoints map[string]string

// localize puts local addresses in the place of the APIs' own hosts, wherever they stand in a
// function's environment, so that a function calls the API beside it and not one on AWS.
func (e endpoints) localize(value string) string {
	for host, url := range e {
		if !strings.Contains(value, host) {
			continue
		}
		bare := strings.TrimPrefix(url, "http://")
		value = strings.NewReplacer(
			"https://"+host, url,
			"wss://"+host, "ws://"+bare,
			host, bare,
		).Replace(value)
	}
	return value
}

// functionEnvironment fills in what is particular to this machine: settings, then local addresses.
func functionEnvironment(f lambda.Function, s Settings, e endpoints) map[string]string {
	environment := maps.Clone(f.Environment)
	if environment == nil {
		environment = map[string]string{}
	}
	for _, name := range []string{f.LogicalID, f.Name, f.Code.Source} {
		maps.Copy(environment, s.Functions[name].Environment)
	}
	for name, value := range environment {
		environment[name] = e.localize(value)
	}
	return environment
}
