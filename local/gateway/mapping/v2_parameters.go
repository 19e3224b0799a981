package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/route"
)

// V2Parameters are compiled parameter mappings of an HTTP API's integration, of its requests or of
// its responses of one status ("Transform API requests and responses for HTTP APIs"). They are
// applied in the order of their keys; AWS does not say in which.
type V2Parameters struct{ mappings []v2Mapping }

// v2Mapping is one of them: append:header.X from a value.
type v2Mapping struct {
	action string
	place  Place
	name   string
	pieces []v2Piece
}

// Status is the place of overwrite:statuscode.
const Status Place = "statuscode"

// Change is a parameter mapping of an HTTP API with the value that a call gives it.
type Change struct {
	Action string // append, overwrite, remove
	Place  string // header, querystring, path, statuscode
	Name   string // of the header or parameter
	Value  string
}

// V2Call is what parameter mappings of an HTTP API read of a call. All of them read the request as
// it came, not what another mapping made of it.
type V2Call struct {
	Request        *exchange.Request
	Path           string          // without the stage, still encoded
	Params         []route.Param   // still encoded
	Reply          *exchange.Reply // of the integration; nil in request mappings
	StageVariables map[string]string
	Variables      *exchange.Variables

	request, reply document // their bodies
}

// The words of AWS when it refuses to create an integration. Those about a destination are recorded
// of responses; the same is taken to be said of requests.
const (
	v2Refusal = "Invalid mapping expression specified: Validation Result: warnings : [], " +
		"errors : "
	v2Destination = "Invalid %s Actioned Parameter destination specified: %s"
	v2Restricted  = "Operations on header %s are restricted"
	v2Expression  = "Invalid mapping expression parameter specified: %s"
)

func v2Refused(reason string, arguments ...any) error {
	return fmt.Errorf("%s[%s]", v2Refusal, fmt.Sprintf(reason, arguments...))
}

// CompileV2Request compiles the RequestParameters of an HTTP API's integration.
func CompileV2Request(parameters map[string]string) (*V2Parameters, error) {
	return compileV2(parameters, "Request")
}

// CompileV2Response compiles the ResponseParameters of one status of an HTTP API's integration.
func CompileV2Response(parameters map[string]string) (*V2Parameters, error) {
	return compileV2(parameters, "Response")
}

// compileV2 returns nil for no mappings.
func compileV2(parameters map[string]string, side string) (*V2Parameters, error) {
	if len(parameters) == 0 {
		return nil, nil
	}
	p := &V2Parameters{mappings: make([]v2Mapping, 0, len(parameters))}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		m, err := parseV2Key(key, side)
		if err == nil && m.action != "remove" {
			m.pieces, err = parseV2Value(parameters[key], side)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", key, err)
		}
		p.mappings = append(p.mappings, m)
	}
	return p, nil
}

func parseV2Key(key, side string) (v2Mapping, error) {
	action, destination, _ := strings.Cut(key, ":")
	place, name, named := strings.Cut(destination, ".")
	m := v2Mapping{action: action, place: Place(place), name: name}
	known := action == "append" || action == "overwrite" || action == "remove"
	switch {
	case known && place == string(Header) && isV2Header(name):
		if IsReservedV2Header(name) {
			return m, v2Refused(v2Restricted, name)
		}
		return m, nil
	case known && place == string(Query) && side == "Request" && name != "":
		return m, nil
	case action == "overwrite" && place == string(Path) && side == "Request" && !named:
		return m, nil
	case action == "overwrite" && place == string(Status) && side == "Response" && !named:
		return m, nil
	}
	return m, v2Refused(v2Destination, side, key)
}

// isV2Header reports whether a text may be the name of a header (RFC 9110, section 5.6.2).
func isV2Header(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !isV2Letter(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

func isV2Letter(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// IsReservedV2Header reports whether parameter mappings of an HTTP API may not name a header.
func IsReservedV2Header(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"access-control-", "apigw-", "x-amz-", "x-amzn-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "authorization", "connection", "content-encoding", "content-length", "content-location",
		"forwarded", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te",
		"trailers", "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-host",
		"x-forwarded-proto", "via":
		return true
	}
	return false
}

// Apply returns the changes that a call's values make; a mapping whose only source is missing is
// left out.
func (p *V2Parameters) Apply(c *V2Call) []Change {
	if p == nil {
		return nil
	}
	changes := make([]Change, 0, len(p.mappings))
	for i := range p.mappings {
		m := &p.mappings[i]
		value, ok := "", true
		if m.action != "remove" {
			value, ok = m.value(c)
		}
		if ok {
			changes = append(changes, Change{
				Action: m.action, Place: string(m.place), Name: m.name, Value: value,
			})
		}
	}
	return changes
}

// value puts the pieces together. Beside other text, what is missing is empty.
func (m *v2Mapping) value(c *V2Call) (string, bool) {
	if len(m.pieces) == 1 {
		return m.pieces[0].value(c, m.place)
	}
	var b strings.Builder
	for i := range m.pieces {
		value, _ := m.pieces[i].value(c, m.place)
		b.WriteString(value)
	}
	return b.String(), true
}
