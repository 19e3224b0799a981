// Command authorizer is the Lambda function that decides who may call the partner and realtime
// APIs, and any HTTP API with simple responses.
//
// main reads the settings and wires; handler.go tells the kinds of events apart and answers each
// in its form, verify.go decides about a token, keys.go fetches what tokens are signed with. It
// knows scopes, and no orders.
package main

import (
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"portico/shared/journal"
	"portico/shared/names"
)

// cognitoEndpoint is the SDK's own variable for the address of Cognito user pools.
const cognitoEndpoint = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

func main() {
	log, err := journal.New(os.Stdout, os.Getenv(names.LogLevel))
	if err != nil {
		log.Warn("setting ignored", "setting", names.LogLevel, "error", err)
	}
	issuer, audience := os.Getenv(names.Issuer), os.Getenv(names.Audience)
	for setting, value := range map[string]string{names.Issuer: issuer, names.Audience: audience} {
		if value == "" {
			log.Error("setting missing", "setting", setting)
			os.Exit(1)
		}
	}
	handler := &handler{
		verifier: newVerifier(verifierOptions{
			Issuer: issuer, Audience: strings.Split(audience, ","), Now: time.Now,
			Keys: &keySet{
				url: keysURL(issuer, os.Getenv(cognitoEndpoint)),
				// Well within the time that API Gateway gives an authorizer.
				client: &http.Client{Timeout: 1500 * time.Millisecond},
				now:    time.Now,
			},
		}),
		log: log,
	}
	lambda.Start(handler.handle)
}

// keysURL is where the keys of an issuer are: at the issuer itself, or at the same user pool
// below another address of Cognito.
func keysURL(issuer, endpoint string) string {
	const path = "/.well-known/jwks.json"
	if endpoint == "" {
		return strings.TrimSuffix(issuer, "/") + path
	}
	pool := issuer[strings.LastIndexByte(issuer, '/')+1:]
	return strings.TrimSuffix(endpoint, "/") + "/" + pool + path
}
