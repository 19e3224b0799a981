package settings

// region is where all environments live.
const region = "us-east-1"

// documentation is an address range that belongs to nobody (RFC 5737). It keeps the IP set in use
// until someone has to be blocked.
const documentation = "192.0.2.0/24"

// all returns every environment, in the order a release passes them.
func all() []Settings {
	return []Settings{dev(), sit(), uat(), prod()}
}

// dev is for one developer at a time: small limits, everything goes with the stack.
func dev() Settings {
	return Settings{
		Environment:      "dev",
		Region:           region,
		LogRetentionDays: 7,
		LogLevel:         "debug",
		BrowserOrigins:   []string{"http://localhost:5173", "http://localhost:4200"},
		PortalOrigin:     "http://localhost:8080",
		FulfilmentHost:   "fulfilment.dev.portico.example",
		BlockedAddresses: []string{documentation},
		AddressLimit:     2000,
		Throttle:         Throttle{Rate: 100, Burst: 200},
		WriteThrottle:    Throttle{Rate: 50, Burst: 100},
		Plan: Plan{
			Throttle:      Throttle{Rate: 50, Burst: 100},
			WriteThrottle: Throttle{Rate: 10, Burst: 20},
			CallsPerDay:   10_000,
		},
		Tiers:        []Tier{{Name: "gold", Times: 2}},
		CacheGB:      "0.5",
		CacheSeconds: 30,
		Alarms: Alarms{
			Emails: nil, ErrorPercent: 5, ClientErrorPercent: 80,
			LatencyMS: 5000, RefusedPerMinute: 200, BlockedPerMinute: 500,
		},
		Shift:    "AllAtOnce",
		MemoryMB: 256,
	}
}

// sit is where systems meet: as dev, with traces.
func sit() Settings {
	return Settings{
		Environment:      "sit",
		Region:           region,
		LogRetentionDays: 14,
		LogLevel:         "debug",
		Tracing:          true,
		BrowserOrigins:   []string{"https://app.sit.portico.example", "http://localhost:5173"},
		PortalOrigin:     "https://partners.sit.portico.example",
		FulfilmentHost:   "fulfilment.sit.portico.example",
		BlockedAddresses: []string{documentation},
		AddressLimit:     5000,
		Throttle:         Throttle{Rate: 200, Burst: 400},
		WriteThrottle:    Throttle{Rate: 100, Burst: 200},
		Plan: Plan{
			Throttle:      Throttle{Rate: 100, Burst: 200},
			WriteThrottle: Throttle{Rate: 20, Burst: 40},
			CallsPerDay:   50_000,
		},
		Tiers:        []Tier{{Name: "gold", Times: 2}},
		CacheGB:      "0.5",
		CacheSeconds: 30,
		Alarms: Alarms{
			Emails: []string{"gateway-sit@portico.example"}, ErrorPercent: 5, ClientErrorPercent: 60,
			LatencyMS: 4000, RefusedPerMinute: 200, BlockedPerMinute: 500,
		},
		Shift:    "Canary10Percent5Minutes",
		MemoryMB: 256,
	}
}

// uat is what customers try: prod's limits at a smaller size, and its data is kept.
func uat() Settings {
	return Settings{
		Environment:      "uat",
		Region:           region,
		RetainData:       true,
		LogRetentionDays: 30,
		LogLevel:         "info",
		Tracing:          true,
		BrowserOrigins:   []string{"https://app.uat.portico.example"},
		PortalOrigin:     "https://partners.uat.portico.example",
		FulfilmentHost:   "fulfilment.uat.portico.example",
		BlockedAddresses: []string{documentation},
		AddressLimit:     10_000,
		Throttle:         Throttle{Rate: 500, Burst: 1000},
		WriteThrottle:    Throttle{Rate: 250, Burst: 500},
		Plan: Plan{
			Throttle:      Throttle{Rate: 250, Burst: 500},
			WriteThrottle: Throttle{Rate: 50, Burst: 100},
			CallsPerDay:   200_000,
		},
		Tiers:        []Tier{{Name: "gold", Times: 2}},
		CacheGB:      "0.5",
		CacheSeconds: 60,
		Alarms: Alarms{
			Emails: []string{"gateway-uat@portico.example"}, ErrorPercent: 2, ClientErrorPercent: 40,
			LatencyMS: 3000, RefusedPerMinute: 100, BlockedPerMinute: 500,
		},
		Shift:       "Linear10PercentEvery1Minute",
		MemoryMB:    512,
		Concurrency: map[string]int{"webhooks": 20},
	}
}

// prod serves customers.
func prod() Settings {
	return Settings{
		Environment:      "prod",
		Region:           region,
		RetainData:       true,
		LogRetentionDays: 365,
		LogKey:           true,
		LogLevel:         "info",
		Tracing:          true,
		BrowserOrigins:   []string{"https://app.portico.example"},
		PortalOrigin:     "https://partners.portico.example",
		FulfilmentHost:   "fulfilment.portico.example",
		BlockedAddresses: []string{documentation},
		AddressLimit:     20_000,
		Throttle:         Throttle{Rate: 2000, Burst: 4000},
		WriteThrottle:    Throttle{Rate: 1000, Burst: 2000},
		Plan: Plan{
			Throttle:      Throttle{Rate: 500, Burst: 1000},
			WriteThrottle: Throttle{Rate: 100, Burst: 200},
			CallsPerDay:   1_000_000,
		},
		Tiers:        []Tier{{Name: "gold", Times: 4}},
		CacheGB:      "1.6",
		CacheSeconds: 60,
		Alarms: Alarms{
			Emails: []string{"gateway-oncall@portico.example"}, ErrorPercent: 1, ClientErrorPercent: 30,
			LatencyMS: 2000, RefusedPerMinute: 100, BlockedPerMinute: 1000,
		},
		Shift:    "Canary10Percent10Minutes",
		MemoryMB: 1024,
		Concurrency: map[string]int{
			"orders": 200, "authorizer": 100, "realtime": 100, "webhooks": 50,
		},
	}
}
