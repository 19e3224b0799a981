package cost

// Region is where the prices hold.
const Region = "us-east-1"

// ReadOn is the day on which the prices were read.
const ReadOn = "2026-11-22"

// Tier is a price up to a quantity.
type Tier struct {
	UpTo float64 `json:"upTo,omitempty"` // of the month, in units; 0 for all that is left
	USD  float64 `json:"usd"`            // for Price.Per units
}

// Price is what AWS asks for one thing.
type Price struct {
	Key     string  `json:"key"`
	Service string  `json:"service"`
	Item    string  `json:"item"`
	Unit    string  `json:"unit"`
	Per     float64 `json:"per"` // how many units a tier's price is for
	Tiers   []Tier  `json:"tiers"`
	// Confirmed says that every tier was read in AWS's own pages, or alike in two independent ones.
	Confirmed bool   `json:"confirmed"`
	Source    string `json:"source"`
}

// The keys of prices.
const (
	restRequests   = "rest-requests"
	httpRequests   = "http-requests"
	socketMessages = "websocket-messages"
	socketMinutes  = "websocket-minutes"
	cachePrefix    = "cache-" // and the size in GB
	lambdaRequests = "lambda-requests"
	lambdaARM      = "lambda-arm64"
	lambdaX86      = "lambda-x86"
	wafACL         = "waf-acl"
	wafRule        = "waf-rule"
	wafRequests    = "waf-requests"
	logsIngested   = "logs-ingested"
	logsVended     = "logs-vended"
	logsStored     = "logs-stored"
	alarms         = "alarms"
	compositeAlarm = "composite-alarms"
	dashboards     = "dashboards"
	customMetrics  = "custom-metrics"
	sqsStandard    = "sqs-standard"
	sqsFIFO        = "sqs-fifo"
	dynamoReads    = "dynamodb-reads"
	dynamoWrites   = "dynamodb-writes"
	dynamoStored   = "dynamodb-stored"
	kmsKeys        = "kms-keys"
	kmsRequests    = "kms-requests"
	dataOut        = "data-out"
)

const (
	million = 1e6
	billion = 1e9
	tera    = 1000 // GB; AWS does not say whether a TB has 1,000 or 1,024
)

// Prices returns the table, in the order in which it is printed.
func Prices() []Price {
	var all []Price
	for _, part := range [][]Price{
		gatewayPrices(), cachePrices(), lambdaPrices(), firewallPrices(), watchPrices(), storePrices(),
	} {
		all = append(all, part...)
	}
	return all
}

func flat(usd float64) []Tier { return []Tier{{USD: usd}} }

func gatewayPrices() []Price {
	const service, source = "API Gateway", "aws.amazon.com/api-gateway/pricing"
	return []Price{
		{
			Key: restRequests, Service: service, Item: "REST API calls", Unit: "calls", Per: million,
			Tiers: []Tier{
				{UpTo: 333 * million, USD: 3.50},
				{UpTo: 1000 * million, USD: 2.80},
				{UpTo: 20 * billion, USD: 2.38},
				{USD: 1.51},
			},
			Confirmed: true, Source: source,
		},
		{
			Key: httpRequests, Service: service, Item: "HTTP API calls, each begun 512 KB", Unit: "calls",
			Per: million, Tiers: []Tier{{UpTo: 300 * million, USD: 1.00}, {USD: 0.90}},
			Confirmed: true, Source: source,
		},
		{
			Key: socketMessages, Service: service, Item: "WebSocket messages, each begun 32 KB",
			Unit: "messages", Per: million,
			Tiers:     []Tier{{UpTo: billion, USD: 1.00}, {USD: 0.80}},
			Confirmed: true, Source: source,
		},
		{
			Key: socketMinutes, Service: service, Item: "WebSocket connections", Unit: "minutes",
			Per: million, Tiers: flat(0.25), Confirmed: true, Source: source,
		},
	}
}

func cachePrices() []Price {
	var all []Price
	for _, size := range []struct {
		gb  string
		usd float64
	}{
		{"0.5", 0.020},
		{"1.6", 0.038},
		{"6.1", 0.200},
		{"13.5", 0.250},
		{"28.4", 0.500},
		{"58.2", 1.000},
		{"118", 1.900},
		{"237", 3.800},
	} {
		all = append(all, Price{
			Key: cachePrefix + size.gb, Service: "API Gateway", Item: "cache of " + size.gb + " GB",
			Unit: "hours", Per: 1, Tiers: flat(size.usd), Confirmed: true,
			Source: "aws.amazon.com/api-gateway/pricing",
		})
	}
	return all
}

func lambdaPrices() []Price {
	const service, source = "Lambda", "aws.amazon.com/lambda/pricing"
	return []Price{
		{
			Key: lambdaRequests, Service: service, Item: "requests", Unit: "requests", Per: million,
			Tiers: flat(0.20), Confirmed: true, Source: source,
		},
		{
			Key: lambdaARM, Service: service, Item: "arm64", Unit: "GB-s", Per: 1,
			Tiers: []Tier{
				{UpTo: 7.5 * billion, USD: 0.0000133334},
				{UpTo: 18.75 * billion, USD: 0.0000120001},
				{USD: 0.0000106667}, // 20 % off the first: so AWS's Compute Blog, which names no price
			},
			Source: source,
		},
		{
			Key: lambdaX86, Service: service, Item: "x86_64", Unit: "GB-s", Per: 1,
			Tiers: []Tier{
				{UpTo: 6 * billion, USD: 0.0000166667},
				{UpTo: 15 * billion, USD: 0.000015},
				{USD: 0.0000133334},
			},
			Confirmed: true, Source: source,
		},
	}
}

func firewallPrices() []Price {
	const service, source = "WAF", "aws.amazon.com/waf/pricing"
	return []Price{
		{
			Key: wafACL, Service: service, Item: "web ACLs", Unit: "months", Per: 1, Tiers: flat(5),
			Confirmed: true, Source: source,
		},
		{
			Key: wafRule, Service: service, Item: "rules and rule groups", Unit: "months", Per: 1,
			Tiers: flat(1), Confirmed: true, Source: source,
		},
		{
			Key: wafRequests, Service: service, Item: "requests", Unit: "requests", Per: million,
			Tiers: flat(0.60), Confirmed: true, Source: source,
		},
	}
}

func watchPrices() []Price {
	const service, source = "CloudWatch", "aws.amazon.com/cloudwatch/pricing"
	vended := []Tier{
		{UpTo: 10 * tera, USD: 0.50},
		{UpTo: 30 * tera, USD: 0.25},
		{UpTo: 50 * tera, USD: 0.10},
		{USD: 0.05},
	}
	return []Price{
		{
			Key: logsIngested, Service: service, Item: "logs taken in", Unit: "GB", Per: 1,
			Tiers: flat(0.50), Confirmed: true, Source: source,
		},
		{
			Key: logsVended, Service: service, Item: "logs of functions taken in", Unit: "GB", Per: 1,
			Tiers: vended, Confirmed: true, Source: source,
		},
		{
			Key: logsStored, Service: service, Item: "logs kept, compressed", Unit: "GB-months", Per: 1,
			Tiers: flat(0.03), Confirmed: true, Source: source,
		},
		{
			Key: alarms, Service: service, Item: "alarms, each metric", Unit: "months", Per: 1,
			Tiers: flat(0.10), Confirmed: true, Source: source,
		},
		{
			Key: compositeAlarm, Service: service, Item: "composite alarms", Unit: "months", Per: 1,
			Tiers: flat(0.50), Source: source,
		},
		{
			Key: dashboards, Service: service, Item: "dashboards", Unit: "months", Per: 1, Tiers: flat(3),
			Confirmed: true, Source: source,
		},
		{
			Key: customMetrics, Service: service, Item: "metrics beyond AWS's own", Unit: "months", Per: 1,
			Tiers: []Tier{
				{UpTo: 10_000, USD: 0.30},
				{UpTo: 250_000, USD: 0.10},
				{UpTo: million, USD: 0.05},
				{USD: 0.02}, // the tiers after the first were not read
			},
			Source: source,
		},
	}
}

func storePrices() []Price {
	return append(queuePrices(), []Price{
		{
			Key: dynamoReads, Service: "DynamoDB", Item: "reads on demand", Unit: "units", Per: million,
			Tiers: flat(0.125), Confirmed: true, Source: "aws.amazon.com/dynamodb/pricing/on-demand",
		},
		{
			Key: dynamoWrites, Service: "DynamoDB", Item: "writes on demand", Unit: "units", Per: million,
			Tiers: flat(0.625), Confirmed: true, Source: "aws.amazon.com/dynamodb/pricing/on-demand",
		},
		{
			Key: dynamoStored, Service: "DynamoDB", Item: "data kept", Unit: "GB-months", Per: 1,
			Tiers: flat(0.25), Confirmed: true, Source: "aws.amazon.com/dynamodb/pricing",
		},
		{
			Key: kmsKeys, Service: "KMS", Item: "keys", Unit: "months", Per: 1, Tiers: flat(1),
			Confirmed: true, Source: "aws.amazon.com/kms/pricing",
		},
		{
			Key: kmsRequests, Service: "KMS", Item: "requests", Unit: "requests", Per: 10_000,
			Tiers: flat(0.03), Confirmed: true, Source: "aws.amazon.com/kms/pricing",
		},
		{
			Key: dataOut, Service: "Data transfer", Item: "out to the internet", Unit: "GB", Per: 1,
			Tiers: []Tier{
				{UpTo: 10 * tera, USD: 0.09},
				{UpTo: 50 * tera, USD: 0.085},
				{UpTo: 150 * tera, USD: 0.07},
				{USD: 0.05},
			},
			Confirmed: true, Source: "aws.amazon.com/ec2/pricing/on-demand",
		},
	}...)
}

func queuePrices() []Price {
	const service, source = "SQS", "aws.amazon.com/sqs/pricing"
	return []Price{
		{
			Key: sqsStandard, Service: service, Item: "requests, standard, each begun 64 KB",
			Unit: "requests", Per: million,
			Tiers: []Tier{
				{UpTo: 100 * billion, USD: 0.40}, {UpTo: 200 * billion, USD: 0.30}, {USD: 0.24},
			},
			Source: source, // the second tier was read in one place only
		},
		{
			Key: sqsFIFO, Service: service, Item: "requests, FIFO, each begun 64 KB", Unit: "requests",
			Per: million, Tiers: flat(0.50), Source: source, // later tiers are not the same everywhere
		},
	}
}

// Find returns a price by its key.
func Find(key string) (Price, bool) {
	for _, p := range Prices() {
		if p.Key == key {
			return p, true
		}
	}
	return Price{}, false
}

// Of returns what a quantity of a month costs.
func (p Price) Of(quantity float64) float64 {
	usd, from := 0.0, 0.0
	for _, tier := range p.Tiers {
		share := quantity - from
		if tier.UpTo > 0 {
			share = min(share, tier.UpTo-from)
		}
		if share <= 0 {
			break
		}
		usd += share / p.Per * tier.USD
		from = tier.UpTo
	}
	return usd
}
