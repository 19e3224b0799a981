package throttle

import "slices"

// Quotas are what AWS lets an account do in a region.
type Quotas struct {
	Requests    Limit // of all its APIs together
	Connections Limit // new ones, of all its WebSocket APIs together
}

// smallRegions are where an account has a quarter of the usual requests.
var smallRegions = []string{
	"af-south-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
	"ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
	"me-central-1", "mx-central-1",
}

// NewAccount returns the quotas of a new account ("Amazon API Gateway quotas", "Quotas for
// configuring and running a WebSocket API"). AWS documents no burst of new connections: it is taken
// to be a second's.
func NewAccount(region string) Quotas {
	quotas := Quotas{
		Requests: Limit{Rate: 10_000, Burst: 5_000}, Connections: Limit{Rate: 500, Burst: 500},
	}
	if slices.Contains(smallRegions, region) {
		quotas.Requests = Limit{Rate: 2_500, Burst: 1_250}
	}
	return quotas
}
