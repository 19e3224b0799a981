package api

// Domain is a custom domain name, and where it leads.
type Domain struct {
	Name           string // "api.example.com", "*.example.com"
	LogicalID      string // of the resource, for messages
	EndpointType   string // EDGE, REGIONAL
	SecurityPolicy string // TLS_1_0, TLS_1_2, SecurityPolicy_TLS13_1_3_2025_09, …
	CertificateARN string
	MutualTLS      *MutualTLS // nil: clients need no certificate
	// RoutingMode is API_MAPPING_ONLY, ROUTING_RULE_THEN_API_MAPPING or ROUTING_RULE_ONLY: the names
	// of version 2 of the management API.
	RoutingMode string
	Mappings    []Mapping
	Rules       []RoutingRule
}

// MutualTLS says whose certificates clients of a domain must have.
type MutualTLS struct {
	TruststoreURI string // s3://bucket/key
	Version       string // of the object; "" for the newest
	File          string // the copy of it on this machine
}

// Mapping leads a base path of a domain to an API.
type Mapping struct {
	Path  string // "orders", "orders/v1"; "" for whatever no other mapping takes
	APIID string
	Stage string // "" when the caller names the stage after the base path
}

// RoutingRule leads the calls of a domain that meet its conditions to a REST API.
type RoutingRule struct {
	ID       string
	Priority int // 1 is asked first
	// Headers are conditions that all must be met, each by any of its patterns.
	Headers [][]HeaderMatch
	// BasePaths is met by any of them; nil asks for none.
	BasePaths     []string
	APIID         string
	Stage         string
	StripBasePath bool // takes the base path off before resources are matched
}

// HeaderMatch is a header's name and a pattern of its value with "*" at its ends.
type HeaderMatch struct {
	Name      string
	ValueGlob string
}
