package cost

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Month is how long AWS's calculators take a month to be, in hours.
const Month = 730.0

// Traffic is what clients do in a month.
type Traffic struct {
	Source    string                     `json:"source"` // where it is known from, for people
	APIs      map[string]APITraffic      `json:"apis"`   // by name
	Functions map[string]FunctionTraffic `json:"functions,omitempty"`
	Assume    Assumptions                `json:"assumptions"`
}

// APITraffic is what comes to an API in a month.
type APITraffic struct {
	Requests float64 `json:"requests"` // messages, of a WebSocket API
	// RequestKB and ResponseKB are the average bodies; nil takes the assumed one.
	RequestKB  *float64 `json:"requestKB,omitempty"`
	ResponseKB *float64 `json:"responseKB,omitempty"`
	// Of a WebSocket API: how often a client connects, and for how long altogether.
	Connections       float64 `json:"connections,omitempty"`
	ConnectionMinutes float64 `json:"connectionMinutes,omitempty"`
}

// FunctionTraffic is what a function does in a month.
type FunctionTraffic struct {
	Invocations  float64 `json:"invocations"`
	Milliseconds float64 `json:"milliseconds"` // of one, on average; 0 takes the assumed one
}

// Assumptions stand in for what nobody recorded. They are printed with every estimate.
type Assumptions struct {
	RequestKB            float64 `yaml:"requestKB" json:"requestKB"`
	ResponseKB           float64 `yaml:"responseKB" json:"responseKB"`
	MessageKB            float64 `yaml:"messageKB" json:"messageKB"`
	ConnectionMinutes    float64 `yaml:"connectionMinutes" json:"connectionMinutes"` // of one connection
	FunctionMilliseconds float64 `yaml:"functionMilliseconds" json:"functionMilliseconds"`
	// AuthorizerShare is the share of requests whose authorizer is asked: others are cached.
	AuthorizerShare float64 `yaml:"authorizerShare" json:"authorizerShare"`
	AccessLogBytes  float64 `yaml:"accessLogBytes" json:"accessLogBytes"` // of a request
	// FunctionLogBytes are of an invocation, with its START, END and REPORT.
	FunctionLogBytes float64 `yaml:"functionLogBytes" json:"functionLogBytes"`
	TableReads       float64 `yaml:"tableReads" json:"tableReads"`   // units, of an invocation
	TableWrites      float64 `yaml:"tableWrites" json:"tableWrites"` // units, of an invocation
	TableGB          float64 `yaml:"tableGB" json:"tableGB"`         // of all tables
	KeyRequests      float64 `yaml:"keyRequests" json:"keyRequests"` // of a key
}

// Assumed returns the assumptions that hold until somebody says otherwise.
func Assumed() Assumptions {
	return Assumptions{
		RequestKB: 1, ResponseKB: 4, MessageKB: 1, ConnectionMinutes: 10, FunctionMilliseconds: 50,
		AuthorizerShare: 0.1, AccessLogBytes: 700, FunctionLogBytes: 600, TableReads: 1,
		TableWrites: 0.5, TableGB: 1, KeyRequests: 10_000,
	}
}

// Sentences says the assumptions to people.
func (a Assumptions) Sentences() []string {
	return []string{
		fmt.Sprintf("a request has %g KB and its response %g KB, a WebSocket message %g KB", a.RequestKB,
			a.ResponseKB, a.MessageKB),
		fmt.Sprintf("a connection stays for %g minutes", a.ConnectionMinutes),
		fmt.Sprintf("a function takes %g ms; its authorizer is asked for %g %% of the requests",
			a.FunctionMilliseconds, a.AuthorizerShare*100),
		fmt.Sprintf("a request is %g bytes in the access log, an invocation %g bytes in the function's",
			a.AccessLogBytes, a.FunctionLogBytes),
		fmt.Sprintf("an invocation reads %g units and writes %g units of a table; tables hold %g GB",
			a.TableReads, a.TableWrites, a.TableGB),
		fmt.Sprintf("a key is asked %g times", a.KeyRequests),
	}
}

// Rates is a file of rates, for portico cost --rates: everything is of a month.
type Rates struct {
	// Requests are those of every API that APIs does not name.
	Requests  float64                  `yaml:"requests"`
	APIs      map[string]APIRates      `yaml:"apis"`      // by name, or by its end: public
	Functions map[string]FunctionRates `yaml:"functions"` // by name, or by its end: orders
	Assume    Assumptions              `yaml:"assume"`
}

// APIRates are those of one API.
type APIRates struct {
	Requests          float64  `yaml:"requests"`
	Messages          float64  `yaml:"messages"` // of a WebSocket API
	RequestKB         *float64 `yaml:"requestKB"`
	ResponseKB        *float64 `yaml:"responseKB"`
	Connections       float64  `yaml:"connections"`
	ConnectionMinutes float64  `yaml:"connectionMinutes"` // of all connections
}

// FunctionRates are those of one function; without them, its invocations follow from the requests.
type FunctionRates struct {
	Invocations  float64 `yaml:"invocations"`
	Milliseconds float64 `yaml:"milliseconds"`
}

// ReadRates reads a file of rates. Its error names the file, and the line.
func ReadRates(path string) (Rates, error) {
	rates := Rates{Assume: Assumed()}
	source, err := os.ReadFile(path)
	if err != nil {
		return rates, fmt.Errorf("reading the rates: %w", err)
	}
	if len(source) == 0 {
		return rates, fmt.Errorf("%s: is empty, want rates such as requests: 1000000", path)
	}
	if err := yaml.Load(source, &rates, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return rates, fmt.Errorf("%s: %w", path, err)
	}
	return rates, rates.check(path)
}

func (r *Rates) check(path string) error {
	a := &r.Assume
	for name, value := range map[string]float64{
		"requests": r.Requests, "assume.requestKB": a.RequestKB, "assume.responseKB": a.ResponseKB,
		"assume.messageKB": a.MessageKB, "assume.connectionMinutes": a.ConnectionMinutes,
		"assume.functionMilliseconds": a.FunctionMilliseconds,
		"assume.authorizerShare":      a.AuthorizerShare, "assume.accessLogBytes": a.AccessLogBytes,
		"assume.functionLogBytes": a.FunctionLogBytes, "assume.tableReads": a.TableReads,
		"assume.tableWrites": a.TableWrites, "assume.tableGB": a.TableGB,
		"assume.keyRequests": a.KeyRequests,
	} {
		if !isCount(value) {
			return noCount(path, name, value)
		}
	}
	if share := a.AuthorizerShare; share > 1 {
		return fmt.Errorf("%s: assume.authorizerShare: %g is more than all requests: want 0 to 1", path,
			share)
	}
	for name, api := range r.APIs {
		for _, value := range []float64{
			api.Requests, api.Messages, given(api.RequestKB), given(api.ResponseKB), api.Connections,
			api.ConnectionMinutes,
		} {
			if !isCount(value) {
				return noCount(path, "apis."+name, value)
			}
		}
	}
	for name, function := range r.Functions {
		for _, value := range []float64{function.Invocations, function.Milliseconds} {
			if !isCount(value) {
				return noCount(path, "functions."+name, value)
			}
		}
	}
	return nil
}

// isCount says whether a month can bring so many; YAML knows numbers that are none.
func isCount(value float64) bool { return value >= 0 && value < 1e15 }

func noCount(path, name string, value float64) error {
	if value < 0 {
		return fmt.Errorf("%s: %s: %g is less than nothing", path, name, value)
	}
	return fmt.Errorf("%s: %s: %g is no number of a month: want less than 1e15", path, name, value)
}

func given(value *float64) float64 {
	if value == nil {
		return 0
	}
	return *value
}

// Traffic returns the traffic that rates describe. named turns what the file calls an API or a
// function into its name.
func (r *Rates) Traffic(i *Infrastructure, named Naming) (*Traffic, error) {
	t := &Traffic{
		Source: "given rates", APIs: map[string]APITraffic{}, Functions: map[string]FunctionTraffic{},
		Assume: r.Assume,
	}
	for _, api := range i.APIs {
		t.APIs[api.Name] = APITraffic{Requests: r.Requests}
	}
	given := map[string]string{}
	for _, called := range slices.Sorted(maps.Keys(r.APIs)) {
		name, err := named.API(called)
		if err != nil {
			return nil, err
		}
		if before, twice := given[name]; twice {
			return nil, fmt.Errorf("the API %s is given twice, as %s and as %s", name, before, called)
		}
		given[name] = called
		rates := r.APIs[called]
		t.APIs[name] = APITraffic{
			Requests: rates.Requests + rates.Messages, RequestKB: rates.RequestKB,
			ResponseKB: rates.ResponseKB, Connections: rates.Connections,
			ConnectionMinutes: rates.ConnectionMinutes,
		}
	}
	for _, called := range slices.Sorted(maps.Keys(r.Functions)) {
		name, err := named.Function(called)
		if err != nil {
			return nil, err
		}
		if _, twice := t.Functions[name]; twice {
			return nil, fmt.Errorf("the function %s is given twice, once as %s", name, called)
		}
		t.Functions[name] = FunctionTraffic(r.Functions[called])
	}
	return t, nil
}

// Naming finds what people call by a part of its name.
type Naming struct {
	API, Function func(called string) (name string, err error)
}
