package runner

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/lambda"
	"portico/local/lambda/destination"
)

// publishedFolder keeps the published versions of functions, in the state folder.
const publishedFolder = "functions/published"

// publishedIn returns where published versions are kept; a runner that is only there to run
// functions publishes nothing.
func publishedIn(o Options) string {
	if o.functionsOnly {
		return ""
	}
	return inDir(o.State, publishedFolder)
}

// unpublished returns the versions of a configuration and those that its aliases name besides:
// where nothing is published, all of them run the newest code.
func unpublished(c lambda.Configuration) []lambda.Version {
	versions := slices.Clone(c.Versions)
	add := func(a lambda.Alias, number string) {
		known := slices.ContainsFunc(versions, func(v lambda.Version) bool {
			return v.FunctionARN == a.FunctionARN && v.Number == number
		})
		if !known && number != "$LATEST" {
			versions = append(versions, lambda.Version{FunctionARN: a.FunctionARN, Number: number})
		}
	}
	for _, a := range c.Aliases {
		add(a, a.Version)
		for number := range a.Weights {
			add(a, number)
		}
	}
	return versions
}

// deliverer sends the outcomes of asynchronous calls to the services where they are reached.
func (r *Runner) deliverer() destination.Sender {
	return destination.Sender{
		Clock: r.options.machine(),
		Endpoint: func(service string) (string, error) {
			if service == "events" { // as the SDKs call it
				service = "eventbridge"
			}
			return r.endpoints.Lookup(service)
		},
		Credentials: func(f lambda.Function) aws.Credentials {
			keys := r.secrets.ofFunction(r.App().Lambda.Account, f)
			return aws.Credentials{
				AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
				SessionToken: keys.SessionToken, Source: "portico",
			}
		},
	}
}
