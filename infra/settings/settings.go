// Package settings says what differs between the environments dev, sit, uat and prod. It is plain
// data, reviewed in environments.go, and the rules that keep it sane. It knows nothing of CDK:
// the stacks read it, and everything that is alike everywhere stands in them.
package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Settings is what may differ between two environments.
type Settings struct {
	// Environment is dev, sit, uat or prod, and the stage name of the REST and WebSocket API.
	Environment string
	// Region is where every stack of the environment is deployed.
	Region string
	// RetainData keeps tables, the user pool and logs when their stack is deleted, protects tables
	// against deletion and keeps a continuous backup of them.
	RetainData bool
	// LogRetentionDays is how long log groups keep an event.
	LogRetentionDays int
	// LogKey encrypts log groups with a key of the environment's own; without it CloudWatch Logs does
	// with one of AWS's.
	LogKey bool
	// LogLevel is the least severe level the functions log: debug, info, warn or error.
	LogLevel string
	// Tracing sends traces of REST stages and functions to X-Ray.
	Tracing bool
	// BrowserOrigins are the web pages that may call the public API.
	BrowserOrigins []string
	// PortalOrigin is the one web page that may read answers of the partner API.
	PortalOrigin string
	// FulfilmentHost is the host behind /v1/fulfilment of the partner API.
	FulfilmentHost string
	// FulfilmentBalancer is the internal load balancer that answers for FulfilmentHost; without one it
	// is called over the Internet.
	FulfilmentBalancer LoadBalancer
	// BlockedAddresses are the CIDR ranges the web ACL refuses.
	BlockedAddresses []string
	// AddressLimit is how many calls one address may make to the partner API in five minutes.
	AddressLimit int
	// Throttle bounds each route of each stage that has no limit of its own.
	Throttle Throttle
	// WriteThrottle bounds the routes that create or change orders.
	WriteThrottle Throttle
	// Plan is what one partner's API key may use.
	Plan Plan
	// Tiers are larger plans, for partners who pay for them.
	Tiers []Tier
	// CacheGB is the size of the partner API's response cache, in AWS's spelling.
	CacheGB string
	// CacheSeconds is how long one order is answered from the cache.
	CacheSeconds int
	// Domain is where clients call by a name of their own; without a zone there is none.
	Domain Domain
	// Alarms says who is told when what is no longer accepted.
	Alarms Alarms
	// Shift is how CodeDeploy moves calls to a new version of a function: AllAtOnce,
	// Canary10Percent5Minutes, Linear10PercentEvery1Minute, …, as its own configurations are called.
	Shift string
	// MemoryMB is the memory of each function.
	MemoryMB int
	// Concurrency reserves environments for a function, by its name; a function that is absent
	// shares the account's.
	Concurrency map[string]int
}

// Throttle is a token bucket: calls per second, and how many may come at once.
type Throttle struct {
	Rate  int
	Burst int
}

// LoadBalancer is an internal Application Load Balancer of the account, and the subnets and
// security groups of the VPC link that leads to it.
type LoadBalancer struct {
	ARN                     string
	Subnets, SecurityGroups []string
}

// Domain is a hosted zone of the account, in which every API gets a name: partners.ZONE, api.ZONE and
// live.ZONE.
type Domain struct {
	Zone, ZoneID string
	// Truststore is the certificate authorities of partners, as "s3://bucket/key": with it the partner
	// API asks each client for a certificate. TruststoreVersion pins the object's version.
	Truststore, TruststoreVersion string
}

// Alarms are the limits at which alarms go off, and who is told.
type Alarms struct {
	// Emails are told of every alarm and of its end.
	Emails []string
	// ErrorPercent and ClientErrorPercent are shares of the calls: failed, and refused.
	ErrorPercent, ClientErrorPercent float64
	// LatencyMS is how long the slowest hundredth of the calls may take.
	LatencyMS int
	// RefusedPerMinute is how many calls a minute may be throttled, fail behind the API, or be refused
	// because an authorizer fails.
	RefusedPerMinute int
	// BlockedPerMinute is how many requests a minute the web ACL may block.
	BlockedPerMinute int
}

// Tier is a plan that allows a multiple of the smallest.
type Tier struct {
	Name  string
	Times int
}

// Times returns a plan with a multiple of every limit.
func (p Plan) Times(n int) Plan {
	return Plan{
		Throttle:      Throttle{Rate: p.Throttle.Rate * n, Burst: p.Throttle.Burst * n},
		WriteThrottle: Throttle{Rate: p.WriteThrottle.Rate * n, Burst: p.WriteThrottle.Burst * n},
		CallsPerDay:   p.CallsPerDay * n,
	}
}

// Plan is the usage plan of the partner API.
type Plan struct {
	Throttle Throttle
	// WriteThrottle bounds the creation of orders besides.
	WriteThrottle Throttle
	CallsPerDay   int
}

// For returns the settings of an environment after checking them.
func For(environment string) (Settings, error) {
	for _, s := range all() {
		if s.Environment == environment {
			return s, s.Validate()
		}
	}
	return Settings{}, fmt.Errorf("environment %q is unknown: context env must be one of %s",
		environment, strings.Join(Names(), ", "))
}

// Names lists the environments in the order a release passes them.
func Names() []string {
	var names []string
	for _, s := range all() {
		names = append(names, s.Environment)
	}
	return names
}

// Prod says whether customers depend on the environment.
func (s Settings) Prod() bool {
	return s.Environment == "prod"
}

// Validate returns an error for the first setting that is missing or dangerous.
func (s Settings) Validate() error {
	checks := []func() error{
		s.validateText, s.validateOrigins, s.validateLimits, s.validateLogs, s.validateData,
		s.validateAlarms, s.validateDomain, s.validateTiers, s.validateShift, s.validateBalancer,
		s.validateAddresses, s.validateConcurrency,
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return fmt.Errorf("settings of environment %q: %w", s.Environment, err)
		}
	}
	return nil
}

func (s Settings) validateText() error {
	switch "" {
	case s.Environment:
		return errors.New("setting Environment is missing")
	case s.Region:
		return errors.New("setting Region is missing")
	case s.FulfilmentHost:
		return errors.New("setting FulfilmentHost is missing")
	}
	if !regionName.MatchString(s.Region) {
		return fmt.Errorf("setting Region is %q: it must be a region such as us-east-1", s.Region)
	}
	if !hostName.MatchString(s.FulfilmentHost) {
		return fmt.Errorf("FulfilmentHost %q must be a host name without scheme, port or path",
			s.FulfilmentHost)
	}
	return nil
}

func (s Settings) validateOrigins() error {
	if len(s.BrowserOrigins) == 0 {
		return errors.New("BrowserOrigins is missing: name the pages that may call the public API")
	}
	for _, origin := range append(slices.Clone(s.BrowserOrigins), s.PortalOrigin) {
		local := strings.HasPrefix(origin, "http://localhost:")
		if strings.Contains(origin, "*") {
			return fmt.Errorf("origin %q lets every web page read answers: name the pages", origin)
		}
		if !local && !strings.HasPrefix(origin, "https://") {
			return fmt.Errorf("origin %q must begin with https:// or be http://localhost:PORT",
				origin)
		}
		if local && s.Prod() {
			return fmt.Errorf("origin %q is a developer's machine and has no place in prod", origin)
		}
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}

func (s Settings) validateLimits() error {
	for _, limit := range []struct {
		name string
		Throttle
	}{
		{"Throttle", s.Throttle},
		{"WriteThrottle", s.WriteThrottle},
		{"Plan.Throttle", s.Plan.Throttle},
		{"Plan.WriteThrottle", s.Plan.WriteThrottle},
	} {
		if limit.Rate <= 0 || limit.Burst <= 0 {
			return fmt.Errorf("%s is rate %d, burst %d: both must be above 0",
				limit.name, limit.Rate, limit.Burst)
		}
	}
	// AWS WAF takes 10 to 2,000,000,000 ("Rate-based rule statement").
	if s.AddressLimit < 10 || s.AddressLimit > 2_000_000_000 {
		return fmt.Errorf("AddressLimit is %d: it must be at least 10, and at most 2000000000",
			s.AddressLimit)
	}
	if s.Plan.CallsPerDay <= 0 {
		return fmt.Errorf("Plan.CallsPerDay is %d: it must be above 0", s.Plan.CallsPerDay)
	}
	if sizes := cacheSizes(); !slices.Contains(sizes, s.CacheGB) {
		return fmt.Errorf("CacheGB is %q: it must be one of %s",
			s.CacheGB, strings.Join(sizes, ", "))
	}
	if s.CacheSeconds < 1 || s.CacheSeconds > 3600 {
		return fmt.Errorf("CacheSeconds is %d: it must be 1 to 3600", s.CacheSeconds)
	}
	if s.MemoryMB < 128 || s.MemoryMB > 10240 {
		return fmt.Errorf("MemoryMB is %d: it must be 128 to 10240", s.MemoryMB)
	}
	return nil
}

func (s Settings) validateLogs() error {
	if days := LogRetentions(); !slices.Contains(days, s.LogRetentionDays) {
		return fmt.Errorf("LogRetentionDays is %d: it must be one of %v", s.LogRetentionDays, days)
	}
	if levels := []string{"debug", "info", "warn", "error"}; !slices.Contains(levels, s.LogLevel) {
		return fmt.Errorf("LogLevel is %q: it must be one of %s",
			s.LogLevel, strings.Join(levels, ", "))
	}
	return nil
}

func (s Settings) validateData() error {
	if s.Prod() && !s.RetainData {
		return errors.New("RetainData is false: deleting a stack would delete customers' orders")
	}
	return nil
}

// validateTiers refuses plans that promise what the stage does not let through.
func (s Settings) validateTiers() error {
	if err := s.promise("Plan", s.Plan); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, tier := range s.Tiers {
		switch {
		case tier.Name == "" || tier.Times < 2:
			return fmt.Errorf("tier %q allows %d times the plan: want a name, and at least 2", tier.Name,
				tier.Times)
		case seen[tier.Name]:
			return fmt.Errorf("there are two tiers %q: each must have a name of its own", tier.Name)
		}
		if err := s.promise(fmt.Sprintf("tier %q", tier.Name), s.Plan.Times(tier.Times)); err != nil {
			return err
		}
		seen[tier.Name] = true
	}
	return nil
}

// promise refuses a plan that allows more than the stage.
func (s Settings) promise(of string, plan Plan) error {
	if plan.Throttle.Rate <= s.Throttle.Rate && plan.Throttle.Burst <= s.Throttle.Burst {
		return nil
	}
	return fmt.Errorf("%s promises rate %d, burst %d, and the stage lets rate %d, burst %d through",
		of, plan.Throttle.Rate, plan.Throttle.Burst, s.Throttle.Rate, s.Throttle.Burst)
}

func (s Settings) validateDomain() error {
	d := s.Domain
	switch {
	case (d.Zone == "") != (d.ZoneID == ""):
		return fmt.Errorf("Domain has Zone %q and ZoneID %q: name both, or none", d.Zone, d.ZoneID)
	case d.Zone != "" && !hostName.MatchString(d.Zone):
		return fmt.Errorf("Domain.Zone is %q: it must be the zone's name, such as example.com", d.Zone)
	case d.Zone == "" && d.Truststore != "":
		return errors.New("Domain.Truststore is given without a zone: mutual TLS needs a domain name")
	case d.Truststore != "" && !strings.HasPrefix(d.Truststore, "s3://"):
		return fmt.Errorf("Domain.Truststore is %q: it must be s3://bucket/key", d.Truststore)
	case d.Truststore != "" && d.TruststoreVersion == "" && s.Prod():
		return errors.New("Domain.TruststoreVersion is missing: who may call must not change by an upload")
	}
	return nil
}

func (s Settings) validateAlarms() error {
	a := s.Alarms
	for name, value := range map[string]float64{
		"ErrorPercent": a.ErrorPercent, "ClientErrorPercent": a.ClientErrorPercent,
	} {
		if value <= 0 || value > 100 {
			return fmt.Errorf("setting Alarms.%s is %g: it must be above 0 and at most 100", name, value)
		}
	}
	if a.LatencyMS <= 0 || a.RefusedPerMinute <= 0 || a.BlockedPerMinute <= 0 {
		return fmt.Errorf("Alarms has LatencyMS %d, RefusedPerMinute %d, BlockedPerMinute %d: all must "+
			"be above 0", a.LatencyMS, a.RefusedPerMinute, a.BlockedPerMinute)
	}
	if s.Prod() && len(a.Emails) == 0 {
		return errors.New("Alarms.Emails is missing: nobody would be told that customers cannot call")
	}
	for _, email := range a.Emails {
		if name, host, ok := strings.Cut(email, "@"); !ok || name == "" || !strings.Contains(host, ".") {
			return fmt.Errorf("Alarms.Emails has %q, which is no address", email)
		}
	}
	return nil
}

func (s Settings) validateShift() error {
	kind, _, _ := strings.Cut(s.Shift, "10Percent")
	if !slices.Contains([]string{"AllAtOnce", "Canary", "Linear"}, kind) {
		return fmt.Errorf("setting Shift is %q: it must be AllAtOnce, Canary10Percent…Minutes or "+
			"Linear10PercentEvery…Minutes, as CodeDeploy calls its configurations for Lambda", s.Shift)
	}
	if s.Prod() && kind == "AllAtOnce" {
		return errors.New("setting Shift is AllAtOnce: a new version would get every customer's calls at once")
	}
	return nil
}

func (s Settings) validateBalancer() error {
	b := s.FulfilmentBalancer
	if b.ARN == "" && len(b.Subnets)+len(b.SecurityGroups) == 0 {
		return nil
	}
	if !strings.HasPrefix(b.ARN, "arn:aws:elasticloadbalancing:"+s.Region+":") ||
		len(b.Subnets) == 0 || len(b.SecurityGroups) == 0 {
		return fmt.Errorf("FulfilmentBalancer has ARN %q, Subnets %v and SecurityGroups %v: "+
			"all must be given, of a load balancer in %s", b.ARN, b.Subnets, b.SecurityGroups, s.Region)
	}
	return nil
}

// LogRetentions are the periods we use, out of those CloudWatch Logs allows.
func LogRetentions() []int {
	return []int{7, 14, 30, 90, 365}
}

func cacheSizes() []string {
	return []string{"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}
}
