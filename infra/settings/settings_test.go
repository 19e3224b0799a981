package settings

import (
	"strings"
	"testing"
)

func TestEveryEnvironmentIsSane(t *testing.T) {
	names := Names()
	if got, want := strings.Join(names, " "), "dev sit uat prod"; got != want {
		t.Errorf("environments are %q, want %q", got, want)
	}
	for _, name := range names {
		s, err := For(name)
		if err != nil {
			t.Errorf("For(%q): %v", name, err)
		}
		if s.Environment != name {
			t.Errorf("For(%q) returned %q", name, s.Environment)
		}
	}
}

func TestUnknownEnvironmentIsRefused(t *testing.T) {
	_, err := For("production")
	const want = `environment "production" is unknown: ` +
		`context env must be one of dev, sit, uat, prod`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// refused is a change of prod's settings that must not pass.
type refused struct {
	name   string
	change func(*Settings)
	want   string
}

func expectRefusals(t *testing.T, rows []refused) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := prod()
			row.change(&s)
			err := s.Validate()
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if err != nil && !strings.Contains(err.Error(), `environment "prod"`) {
				t.Errorf("the error does not name the environment: %v", err)
			}
		})
	}
}

func TestMissingAndDangerousSettingsAreRefused(t *testing.T) {
	expectRefusals(t, []refused{
		{
			"without a region", func(s *Settings) { s.Region = "" },
			"Region is missing",
		},
		{
			"a fulfilment host with a scheme", func(s *Settings) { s.FulfilmentHost = "https://x" },
			`FulfilmentHost "https://x" must be a host name without scheme, port or path`,
		},
		{
			"no page may call", func(s *Settings) { s.BrowserOrigins = nil },
			"BrowserOrigins is missing",
		},
		{
			"every page may call", func(s *Settings) { s.BrowserOrigins = []string{"*"} },
			`origin "*" lets every web page read answers: name the pages`,
		},
		{
			"a page without TLS", func(s *Settings) { s.PortalOrigin = "http://portal.example" },
			`origin "http://portal.example" must begin with https:// or be http://localhost:PORT`,
		},
		{
			"a region that is none", func(s *Settings) { s.Region = "us east" },
			`Region is "us east": it must be a region such as us-east-1`,
		},
		{
			"a fulfilment host with a space", func(s *Settings) { s.FulfilmentHost = "a b.example" },
			`FulfilmentHost "a b.example" must be a host name`,
		},
		{
			"a page with a path, which no browser names as its origin",
			func(s *Settings) { s.BrowserOrigins = []string{"https://app.example/"} },
			`origin "https://app.example/" must be scheme, host and port alone`,
		},
		{
			"a page without a host", func(s *Settings) { s.PortalOrigin = "https://" },
			`origin "https://" must be scheme, host and port alone`,
		},
		{
			"a developer's page in prod",
			func(s *Settings) { s.BrowserOrigins = []string{"http://localhost:5173"} },
			`origin "http://localhost:5173" is a developer's machine and has no place in prod`,
		},
		{
			"a log retention we do not use", func(s *Settings) { s.LogRetentionDays = 8 },
			"LogRetentionDays is 8: it must be one of [7 14 30 90 365]",
		},
		{
			"an unknown log level", func(s *Settings) { s.LogLevel = "verbose" },
			`LogLevel is "verbose": it must be one of debug, info, warn, error`,
		},
		{
			"prod that loses its data", func(s *Settings) { s.RetainData = false },
			"RetainData is false: deleting a stack would delete customers' orders",
		},
	})
}

func TestLimitsThatProtectNothingAreRefused(t *testing.T) {
	expectRefusals(t, []refused{
		{
			"a stage without a limit", func(s *Settings) { s.Throttle = Throttle{} },
			"Throttle is rate 0, burst 0: both must be above 0",
		},
		{
			"a plan without a burst", func(s *Settings) { s.Plan.Throttle.Burst = 0 },
			"Plan.Throttle is rate 500, burst 0: both must be above 0",
		},
		{
			"a plan without a quota", func(s *Settings) { s.Plan.CallsPerDay = 0 },
			"Plan.CallsPerDay is 0: it must be above 0",
		},
		{
			"an address limit below what AWS WAF takes", func(s *Settings) { s.AddressLimit = 9 },
			"AddressLimit is 9: it must be at least 10",
		},
		{
			"an address limit above what AWS WAF takes",
			func(s *Settings) { s.AddressLimit = 2_000_000_001 },
			"AddressLimit is 2000000001",
		},
		{
			"an address that is none",
			func(s *Settings) { s.BlockedAddresses = []string{"300.1.2.3/24"} },
			`BlockedAddresses has "300.1.2.3/24": want an IPv4 range`,
		},
		{
			"a range that blocks everybody",
			func(s *Settings) { s.BlockedAddresses = []string{"0.0.0.0/0"} },
			`BlockedAddresses has "0.0.0.0/0"`,
		},
		{
			"a range of the other family in the IPv4 set",
			func(s *Settings) { s.BlockedAddresses = []string{"2001:db8::/32"} },
			`BlockedAddresses has "2001:db8::/32"`,
		},
		{
			"environments reserved for a function that is not there",
			func(s *Settings) { s.Concurrency = map[string]int{"order": 5} },
			`Concurrency has "order": it must be one of orders, authorizer, realtime, webhooks`,
		},
		{
			"less than no environments",
			func(s *Settings) { s.Concurrency = map[string]int{"orders": -5} },
			`Concurrency of "orders" is -5: it must be above 0`,
		},
		{
			"a cache size API Gateway does not have", func(s *Settings) { s.CacheGB = "1" },
			`CacheGB is "1": it must be one of 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237`,
		},
		{
			"a cache that never forgets", func(s *Settings) { s.CacheSeconds = 3601 },
			"CacheSeconds is 3601: it must be 1 to 3600",
		},
		{
			"too little memory", func(s *Settings) { s.MemoryMB = 64 },
			"MemoryMB is 64: it must be 128 to 10240",
		},
	})
}

func TestDangerousAlarmsAndDomainsAreRefused(t *testing.T) {
	expectRefusals(t, []refused{
		{
			"prod without anybody who is told", func(s *Settings) { s.Alarms.Emails = nil },
			"nobody would be told that customers cannot call",
		},
		{
			"an address that is none", func(s *Settings) { s.Alarms.Emails = []string{"oncall"} },
			`Alarms.Emails has "oncall", which is no address`,
		},
		{
			"a share of errors that is always accepted", func(s *Settings) { s.Alarms.ErrorPercent = 0 },
			"Alarms.ErrorPercent is 0",
		},
		{
			"no limit of latency", func(s *Settings) { s.Alarms.LatencyMS = 0 },
			"LatencyMS 0",
		},
		{
			"a schedule that CodeDeploy does not have", func(s *Settings) { s.Shift = "Slowly" },
			`Shift is "Slowly": it must be AllAtOnce`,
		},
		{
			"every customer at once", func(s *Settings) { s.Shift = "AllAtOnce" },
			"a new version would get every customer's calls at once",
		},
		{
			"a load balancer that no link leads to",
			func(s *Settings) {
				s.FulfilmentBalancer.ARN = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/a/b"
			},
			"all must be given",
		},
		{
			"a load balancer of another region",
			func(s *Settings) {
				s.FulfilmentBalancer = LoadBalancer{
					"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/b",
					[]string{"subnet-1"},
					[]string{"sg-1"},
				}
			},
			"of a load balancer in us-east-1",
		},
		{
			"a zone with a scheme",
			func(s *Settings) { s.Domain = Domain{Zone: "https://example.com", ZoneID: "Z1"} },
			`Domain.Zone is "https://example.com": it must be the zone's name`,
		},
		{
			"a zone without its id", func(s *Settings) { s.Domain.Zone = "example.com" },
			"name both, or none",
		},
		{
			"client certificates without a name",
			func(s *Settings) { s.Domain.Truststore = "s3://a/b" },
			"mutual TLS needs a domain name",
		},
		{
			"client certificates that anybody may swap",
			func(s *Settings) {
				s.Domain = Domain{Zone: "example.com", ZoneID: "Z1", Truststore: "s3://a/b"}
			},
			"Domain.TruststoreVersion is missing",
		},
	})
}

func TestTiersThatPromiseTooMuchAreRefused(t *testing.T) {
	expectRefusals(t, []refused{
		{
			"a tier that is no more", func(s *Settings) { s.Tiers = []Tier{{Name: "gold", Times: 1}} },
			`tier "gold" allows 1 times the plan`,
		},
		{
			"a tier without a name", func(s *Settings) { s.Tiers = []Tier{{Times: 2}} },
			`tier "" allows 2 times the plan`,
		},
		{
			"two tiers of one name",
			func(s *Settings) { s.Tiers = []Tier{{Name: "gold", Times: 2}, {Name: "gold", Times: 3}} },
			`there are two tiers "gold"`,
		},
		{
			"a plan above the stage",
			func(s *Settings) { s.Plan.Throttle.Rate = 2001 },
			"Plan promises rate 2001, burst 1000, and the stage lets rate 2000, burst 4000 through",
		},
		{
			"a tier above the stage", func(s *Settings) { s.Tiers = []Tier{{Name: "all", Times: 5}} },
			`tier "all" promises rate 2500, burst 5000, and the stage lets rate 2000, burst 4000 through`,
		},
	})
}
