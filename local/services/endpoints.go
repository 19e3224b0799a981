package services

import (
	"fmt"
	"net/url"
	"strings"
)

const endpointVariable = "AWS_ENDPOINT_URL"

// Endpoints knows where each AWS service is reached. Its keys are the services as the SDK's
// variables name them: "SQS", "DYNAMODB", "COGNITO_IDENTITY_PROVIDER"; "" is for all others.
type Endpoints map[string]string

// NewEndpoints reads the AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> variables of an
// environment ("NAME=value") and the endpoints of portico.yaml. A variable wins over the file, as
// with the SDK.
func NewEndpoints(environment []string, settings map[string]string) (Endpoints, error) {
	e := Endpoints{}
	for service, address := range settings {
		if err := e.set(service, address, "portico.yaml, endpoints."+service); err != nil {
			return nil, err
		}
	}
	for _, entry := range environment {
		name, address, _ := strings.Cut(entry, "=")
		service, ours := strings.CutPrefix(name, endpointVariable)
		if !ours || address == "" || service != "" && service[0] != '_' {
			continue
		}
		if err := e.set(strings.TrimPrefix(service, "_"), address, name); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e Endpoints) set(service, address, where string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return fmt.Errorf("%s: %q is no endpoint, want a URL like http://localhost:9324", where, address)
	}
	e[serviceKey(service)] = strings.TrimSuffix(address, "/")
	return nil
}

// Lookup returns the URL of a service. The error for one that has none names the settings.
func (e Endpoints) Lookup(service string) (string, error) {
	key := serviceKey(service)
	if address, ok := e[key]; ok {
		return address, nil
	}
	if address, ok := e[""]; ok {
		return address, nil
	}
	return "", fmt.Errorf("no endpoint for the AWS service %s: set the variable %s_%s, or "+
		"endpoints.%s in portico.yaml", service, endpointVariable, key,
		strings.ToLower(key))
}

// Environment returns the variables that lead an SDK to the same endpoints.
func (e Endpoints) Environment() map[string]string {
	variables := make(map[string]string, len(e))
	for service, address := range e {
		if service == "" {
			variables[endpointVariable] = address
			continue
		}
		variables[endpointVariable+"_"+service] = address
	}
	return variables
}

// serviceKey spells a service as the SDK's variables do: "cognito-identity provider" becomes
// COGNITO_IDENTITY_PROVIDER.
func serviceKey(service string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToUpper(service))
}
