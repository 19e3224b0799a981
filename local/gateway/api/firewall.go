package api

// WebACL is a web ACL of AWS WAF (wafv2), with everything its rules refer to.
type WebACL struct {
	ARN           string
	Name          string
	Account       Account
	DefaultAction RuleAction // Allow or Block
	Rules         []FirewallRule
	// CustomResponseBodies are what actions name by key.
	CustomResponseBodies map[string]CustomResponseBody
	BodyLimit            int                        // bytes of a body that are inspected: 16384 to 65536
	RuleGroups           map[string]RuleGroup       // by ARN
	IPSets               map[string]IPSet           // by ARN
	RegexPatternSets     map[string]RegexPatternSet // by ARN
	Immunity             Immunity                   // of rules without one of their own
	TokenDomains         []string                   // whose tokens are taken, beside the request's host
	Log                  *FirewallLog               // nil for none
	Metric               string                     // the name of its metrics; "" for none
	Samples              string                     // the metric that samples are found by; "" for none
	// Protected are the parts of requests that nothing recorded of them may tell.
	Protected []DataProtection
}

// DataProtection keeps a part of requests out of what a web ACL records of them.
type DataProtection struct {
	Field  string   // SINGLE_HEADER, SINGLE_COOKIE, SINGLE_QUERY_ARGUMENT, QUERY_STRING, BODY
	Keys   []string // names of headers, cookies or arguments; none means every one
	Action string   // SUBSTITUTION, HASH
	// Where the record tells the part nevertheless: in what rules found, and in what rate-based rules
	// counted by.
	ExcludeRuleMatchDetails, ExcludeRateBasedDetails bool
}

// Immunity says for how many seconds a client is let alone that solved a CAPTCHA or a challenge; 0
// is what stands above the rule, and 300 for a web ACL.
type Immunity struct{ Captcha, Challenge int }

// FirewallLog says where a web ACL writes a record per request, and of which requests.
type FirewallLog struct {
	DestinationARN string
	Redacted       []FieldToMatch // UriPath, QueryString, Method, SingleHeader
	Filters        []FirewallLogFilter
	Drop           bool // what becomes of a record that no filter is about
}

// FirewallLogFilter keeps or drops records.
type FirewallLogFilter struct {
	Drop    bool
	All     bool     // whether all conditions must be met, or any
	Actions []string // ALLOW, BLOCK, COUNT, CAPTCHA, CHALLENGE, EXCLUDED_AS_COUNT: one is a condition
	Labels  []string // fully qualified: one is a condition
}

// RuleGroup is a rule group of the account's own.
type RuleGroup struct {
	ARN                  string
	Name                 string
	Capacity             int // WCU that its rules may take, and that it takes of a web ACL
	Rules                []FirewallRule
	CustomResponseBodies map[string]CustomResponseBody
}

// IPSet is a list of address ranges.
type IPSet struct {
	ARN       string
	Version   string   // IPV4, IPV6
	Addresses []string // CIDRs
}

// RegexPatternSet is a list of regular expressions.
type RegexPatternSet struct {
	ARN      string
	Patterns []string
}

// FirewallRule is a rule of a web ACL or of a rule group.
type FirewallRule struct {
	Name           string
	Priority       int
	Action         *RuleAction // nil for a rule that refers to a rule group
	OverrideAction string      // None or Count, of a rule that refers to a rule group
	Statement      Statement
	Labels         []string
	Immunity       Immunity
	Metric         string // the name of its metrics; "" for none
	Samples        string // the metric that sampled requests are found by; "" for none
}

// RuleAction is what happens to a request that a rule matches.
type RuleAction struct {
	Type          string // Allow, Block, Count, Captcha, Challenge
	InsertHeaders []CustomHeader
	Response      *CustomResponse // of Block; nil for AWS's own answer
}

// CustomHeader is a header line that an action adds.
type CustomHeader struct{ Name, Value string }

// CustomResponse is the answer of a Block action.
type CustomResponse struct {
	Code    int
	BodyKey string // of CustomResponseBodies; "" for an empty body
	Headers []CustomHeader
}

// CustomResponseBody is a body that custom responses name.
type CustomResponseBody struct {
	ContentType string // TEXT_PLAIN, TEXT_HTML, APPLICATION_JSON
	Content     string
}

// Statement is the condition of a rule: exactly one field is set.
type Statement struct {
	ByteMatch        *ByteMatchStatement
	RegexMatch       *RegexMatchStatement
	RegexPatternSet  *RegexPatternSetStatement
	SizeConstraint   *SizeConstraintStatement
	SQLiMatch        *SQLiMatchStatement
	XSSMatch         *XSSMatchStatement
	GeoMatch         *GeoMatchStatement
	ASNMatch         *ASNMatchStatement
	IPSet            *IPSetStatement
	LabelMatch       *LabelMatchStatement
	RateBased        *RateBasedStatement
	RuleGroup        *RuleGroupStatement
	ManagedRuleGroup *ManagedRuleGroupStatement
	And              []Statement
	Or               []Statement
	Not              *Statement
}

// FieldToMatch is the part of a request that a statement inspects.
type FieldToMatch struct {
	// Kind is AWS's name: UriPath, QueryString, SingleQueryArgument, AllQueryArguments, SingleHeader,
	// Headers, Cookies, HeaderOrder, Method, Body, JsonBody, UriFragment, JA3Fingerprint,
	// JA4Fingerprint.
	Kind string
	Name string // of SingleHeader and SingleQueryArgument
	// Pattern selects among headers and cookies (All, Included, Excluded) and JSON elements (All,
	// Included), by Names: header names, cookie names, JSON pointers.
	Pattern  string
	Names    []string
	Scope    string // ALL, KEY, VALUE
	Oversize string // CONTINUE, MATCH, NO_MATCH
	Fallback string // MATCH, NO_MATCH, EVALUATE_AS_STRING; "" of JsonBody inspects what was parsed
}

// ByteMatchStatement looks for a string.
type ByteMatchStatement struct {
	Field           FieldToMatch
	Transformations []string // in the order of their priority
	Position        string   // EXACTLY, STARTS_WITH, ENDS_WITH, CONTAINS, CONTAINS_WORD
	Search          string
}

// RegexMatchStatement looks for a regular expression.
type RegexMatchStatement struct {
	Field           FieldToMatch
	Transformations []string
	Pattern         string
}

// RegexPatternSetStatement looks for any pattern of a set.
type RegexPatternSetStatement struct {
	Field           FieldToMatch
	Transformations []string
	ARN             string
}

// SizeConstraintStatement compares the length in bytes.
type SizeConstraintStatement struct {
	Field           FieldToMatch
	Transformations []string
	Operator        string // EQ, NE, LE, LT, GE, GT
	Size            int
}

// SQLiMatchStatement looks for SQL injection.
type SQLiMatchStatement struct {
	Field           FieldToMatch
	Transformations []string
	Sensitivity     string // LOW, HIGH
}

// XSSMatchStatement looks for cross-site scripting.
type XSSMatchStatement struct {
	Field           FieldToMatch
	Transformations []string
}

// ForwardedIP says which header tells the client's address.
type ForwardedIP struct {
	Header   string
	Fallback string // MATCH, NO_MATCH: for an address that is none
	Position string // FIRST, LAST, ANY; of IP sets
}

// GeoMatchStatement matches the country of an address.
type GeoMatchStatement struct {
	Countries   []string // ISO 3166 codes
	ForwardedIP *ForwardedIP
}

// ASNMatchStatement matches the autonomous system of an address.
type ASNMatchStatement struct {
	ASNs        []int
	ForwardedIP *ForwardedIP
}

// IPSetStatement matches the addresses of a set.
type IPSetStatement struct {
	ARN         string
	ForwardedIP *ForwardedIP
}

// LabelMatchStatement matches labels that earlier rules added.
type LabelMatchStatement struct {
	Scope string // LABEL, NAMESPACE
	Key   string
}

// RateBasedStatement matches while too many requests come.
type RateBasedStatement struct {
	Limit       int
	Window      int    // seconds: 60, 120, 300, 600
	KeyType     string // IP, FORWARDED_IP, CUSTOM_KEYS, CONSTANT
	Keys        []RateKey
	ForwardedIP *ForwardedIP
	ScopeDown   *Statement
}

// RateKey is a part of a custom aggregate key.
type RateKey struct {
	// Kind is AWS's name: Header, Cookie, QueryArgument, QueryString, HTTPMethod, UriPath,
	// LabelNamespace, IP, ForwardedIP, ASN, JA3Fingerprint, JA4Fingerprint.
	Kind            string
	Name            string // of a header, cookie or argument; a label namespace
	Transformations []string
	Fallback        string // of fingerprints
}

// RuleGroupStatement runs a rule group of the account's own.
type RuleGroupStatement struct {
	ARN       string
	Excluded  []string              // rules that only count
	Overrides map[string]RuleAction // by rule
}

// ManagedRuleGroupStatement runs a rule group of AWS's.
type ManagedRuleGroupStatement struct {
	Vendor    string // AWS
	Name      string // AWSManagedRulesCommonRuleSet
	Version   string // "" for the default
	Excluded  []string
	Overrides map[string]RuleAction
	ScopeDown *Statement
}
