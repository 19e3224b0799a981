package cost

import (
	"math"
	"slices"
	"strings"
)

// Line is one thing that is paid.
type Line struct {
	Service   string  `json:"service"`
	Item      string  `json:"item"`
	For       string  `json:"for,omitempty"` // what it is paid for: names
	Quantity  float64 `json:"quantity"`
	Unit      string  `json:"unit"`
	USD       float64 `json:"usd"`
	Confirmed bool    `json:"confirmed"` // its price
}

// Estimate is what an application costs in a month.
type Estimate struct {
	Region      string       `json:"region"`
	PricesRead  string       `json:"pricesRead"`
	Traffic     *Traffic     `json:"traffic"`
	Lines       []Line       `json:"lines"`
	USD         float64      `json:"usd"`
	Comparison  []Comparison `json:"comparison"`
	Assumptions []string     `json:"assumptions"`
	NotCounted  []string     `json:"notCounted"`
}

// Comparison is what the calls of one API cost on either kind.
type Comparison struct {
	API      string   `json:"api"`
	Kind     string   `json:"kind"`
	Requests float64  `json:"requests"`
	REST     float64  `json:"rest"` // with the caches that it has
	HTTP     float64  `json:"http"`
	Needs    []string `json:"needs,omitempty"` // what it uses that an HTTP API has not
}

// New estimates a month.
func New(i *Infrastructure, t *Traffic) *Estimate {
	b := &builder{infrastructure: i, traffic: t, made: &Estimate{
		Region: Region, PricesRead: ReadOn, Traffic: t, Assumptions: t.Assume.Sentences(),
		NotCounted: i.NotCounted,
	}}
	b.countInvocations()
	b.addAPIs()
	b.addFunctions()
	b.addFirewall()
	b.addLogs()
	b.addWatch()
	b.addStores()
	b.addDataOut()
	b.compare()
	return b.made
}

// builder makes an estimate, from top to bottom.
type builder struct {
	infrastructure *Infrastructure
	traffic        *Traffic
	made           *Estimate

	invocations map[string]float64 // countInvocations: by function
	queued      float64            // countInvocations: messages that APIs put into queues
}

// add adds a line, unless there is nothing of it.
func (b *builder) add(key string, quantity float64, what ...string) {
	price, found := Find(key)
	if !found || quantity <= 0 {
		return
	}
	slices.Sort(what)
	line := Line{
		Service: price.Service, Item: price.Item, For: strings.Join(slices.Compact(what), ", "),
		Quantity: quantity, Unit: price.Unit, USD: price.Of(quantity), Confirmed: price.Confirmed,
	}
	b.made.Lines = append(b.made.Lines, line)
	b.made.USD += line.USD
}

// countInvocations says how often functions run: as recorded or given; else the requests of an API
// spread evenly over its routes, which is a guess.
func (b *builder) countInvocations() {
	b.invocations = map[string]float64{}
	for _, api := range b.infrastructure.APIs {
		requests := b.traffic.APIs[api.Name].Requests
		if api.Routes == 0 || requests == 0 {
			continue
		}
		share := requests / float64(api.Routes)
		for name, routes := range api.Targets {
			b.invocations[name] += share * float64(routes)
		}
		b.queued += share * float64(api.Queued)
		asked := requests * b.traffic.Assume.AuthorizerShare
		if api.Kind == WebSocket { // asked when a client connects
			asked = b.traffic.APIs[api.Name].Connections
		}
		for _, name := range api.Authorizers {
			b.invocations[name] += asked
		}
	}
	for name, recorded := range b.traffic.Functions {
		if recorded.Invocations > 0 {
			b.invocations[name] = recorded.Invocations
		}
	}
}

// chunks returns how many pieces of a size something has; one at least.
func chunks(kb, size float64) float64 { return max(1, math.Ceil(kb/size)) }

// metered returns how many calls of an HTTP API, or messages of a WebSocket API, are paid.
//
// Which of the two bodies of a call counts, AWS does not say: the larger is taken.
func (b *builder) metered(api *API, kind string) float64 {
	of := b.traffic.APIs[api.Name]
	switch kind {
	case HTTP:
		return of.Requests * chunks(max(b.requestKB(of), b.responseKB(of)), 512)
	case WebSocket:
		size := b.traffic.Assume.MessageKB
		if of.RequestKB != nil {
			size = *of.RequestKB
		}
		return of.Requests * chunks(size, 32)
	}
	return of.Requests
}

func (b *builder) requestKB(of APITraffic) float64 {
	if of.RequestKB != nil {
		return *of.RequestKB
	}
	return b.traffic.Assume.RequestKB
}

func (b *builder) responseKB(of APITraffic) float64 {
	if of.ResponseKB != nil {
		return *of.ResponseKB
	}
	return b.traffic.Assume.ResponseKB
}

// addAPIs adds calls, messages, connections and caches. Tiers are those of all APIs of a kind.
func (b *builder) addAPIs() {
	for _, kind := range []struct{ kind, key string }{
		{REST, restRequests}, {HTTP, httpRequests}, {WebSocket, socketMessages},
	} {
		total, names := 0.0, []string{}
		for _, api := range b.infrastructure.APIs {
			if api.Kind == kind.kind {
				total += b.metered(api, kind.kind)
				names = append(names, api.Name)
			}
		}
		b.add(kind.key, total, names...)
	}
	minutes, names := 0.0, []string{}
	for _, api := range b.infrastructure.APIs {
		of := b.traffic.APIs[api.Name]
		if of.ConnectionMinutes == 0 {
			of.ConnectionMinutes = of.Connections * b.traffic.Assume.ConnectionMinutes
		}
		if api.Kind == WebSocket && of.ConnectionMinutes > 0 {
			minutes += of.ConnectionMinutes
			names = append(names, api.Name)
		}
		for _, size := range api.Caches {
			b.add(cachePrefix+size, Month, api.Name)
		}
	}
	b.add(socketMinutes, minutes, names...)
}

func (b *builder) addFunctions() {
	requests, arm, x86 := 0.0, 0.0, 0.0
	for _, f := range b.infrastructure.Functions {
		count := b.invocations[f.Name]
		took := b.traffic.Functions[f.Name].Milliseconds
		if took == 0 {
			took = b.traffic.Assume.FunctionMilliseconds
		}
		requests += count
		seconds := count * took / 1000 * f.MemoryMB / 1024
		if f.ARM {
			arm += seconds
		} else {
			x86 += seconds
		}
	}
	b.add(lambdaRequests, requests)
	b.add(lambdaARM, arm)
	b.add(lambdaX86, x86)
}

func (b *builder) addFirewall() {
	rules, names := 0, []string{}
	for _, acl := range b.infrastructure.WebACLs {
		rules += acl.Rules
		names = append(names, acl.Name)
	}
	b.add(wafACL, float64(len(names)), names...)
	b.add(wafRule, float64(rules), names...)
	inspected := 0.0
	for _, api := range b.infrastructure.APIs {
		if api.WebACL {
			inspected += b.traffic.APIs[api.Name].Requests
		}
	}
	b.add(wafRequests, inspected)
}

const gigabyte = 1 << 30

// compressed is what is left of logs where they are kept; AWS's own examples reckon with it.
const compressed = 0.15

func (b *builder) addLogs() {
	access, names := 0.0, []string{}
	for _, api := range b.infrastructure.APIs {
		if api.AccessLogs {
			access += b.traffic.APIs[api.Name].Requests * b.traffic.Assume.AccessLogBytes / gigabyte
			names = append(names, api.Name)
		}
	}
	functions := 0.0
	for _, f := range b.infrastructure.Functions {
		functions += b.invocations[f.Name] * b.traffic.Assume.FunctionLogBytes / gigabyte
	}
	b.add(logsIngested, access, names...)
	b.add(logsVended, functions)
	b.add(logsStored, (access+functions)*compressed*max(1, b.infrastructure.RetentionMonths))
}

func (b *builder) addWatch() {
	i := b.infrastructure
	b.add(alarms, float64(i.Alarms))
	b.add(compositeAlarm, float64(i.CompositeAlarms))
	b.add(dashboards, float64(i.Dashboards))
	b.add(customMetrics, float64(i.Metrics))
	b.add(kmsKeys, float64(i.Keys))
	b.add(kmsRequests, float64(i.Keys)*b.traffic.Assume.KeyRequests)
}

// Lambda asks a queue with five pollers, each for 20 seconds when there is nothing ("Using Lambda
// with Amazon SQS"); a message is sent, received and deleted.
const (
	pollers, pollSeconds = 5, 20
	perMessage           = 3
)

func (b *builder) addStores() {
	empty := 0.0
	standard, fifo := b.queued*perMessage, 0.0
	for _, q := range b.infrastructure.Queues {
		if q.Polled {
			empty = Month * 3600 / pollSeconds * pollers
		} else {
			empty = 0
		}
		if q.FIFO {
			fifo += empty
		} else {
			standard += empty
		}
	}
	b.add(sqsStandard, standard)
	b.add(sqsFIFO, fifo)
	if b.infrastructure.Tables == 0 {
		return
	}
	invocations := 0.0
	for _, f := range b.infrastructure.Functions {
		invocations += b.invocations[f.Name]
	}
	b.add(dynamoReads, invocations*b.traffic.Assume.TableReads)
	b.add(dynamoWrites, invocations*b.traffic.Assume.TableWrites)
	b.add(dynamoStored, b.traffic.Assume.TableGB)
}

func (b *builder) addDataOut() {
	kb := 0.0
	for _, api := range b.infrastructure.APIs {
		of := b.traffic.APIs[api.Name]
		size := b.responseKB(of)
		if api.Kind == WebSocket && of.ResponseKB == nil {
			size = b.traffic.Assume.MessageKB
		}
		kb += of.Requests * size
	}
	b.add(dataOut, kb*1024/gigabyte)
}

// compare says what the calls of each API would cost on the other kind.
func (b *builder) compare() {
	for _, api := range b.infrastructure.APIs {
		if api.Kind == WebSocket {
			continue
		}
		requests := b.traffic.APIs[api.Name].Requests
		one := Comparison{
			API: api.Name, Kind: api.Kind, Requests: requests, Needs: api.Needs,
			REST: PriceOf(REST, requests, 0),
			HTTP: priceOf(httpRequests, b.metered(api, HTTP)),
		}
		for _, size := range api.Caches {
			one.REST += priceOf(cachePrefix+size, Month)
		}
		b.made.Comparison = append(b.made.Comparison, one)
	}
}

func priceOf(key string, quantity float64) float64 {
	price, _ := Find(key)
	return price.Of(quantity)
}

// PriceOf returns what calls with bodies of a size cost in a month
// on an API of a kind: REST or HTTP.
func PriceOf(kind string, requests, kb float64) float64 {
	if kind == HTTP {
		return priceOf(httpRequests, requests*chunks(kb, 512))
	}
	return priceOf(restRequests, requests)
}
