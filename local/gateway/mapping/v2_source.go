package mapping

import (
	"net/url"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/jsonpath"
	"portico/local/gateway/vtl"
)

// maxV2Body is where API Gateway cuts a body before it looks for a JSON path in it; a body that is
// longer hardly ever is JSON then.
const maxV2Body = 100 << 10

// v2Piece is a part of a value: literal text, or what a selection expression selects.
type v2Piece struct {
	source v2Source
	name   string // of what is selected; the text of a literal
	path   *jsonpath.Path
}

type v2Source uint8

const (
	v2Literal v2Source = iota
	v2RequestHeader
	v2RequestQuery
	v2RequestBody
	v2RequestBodyPath
	v2RequestPath
	v2RequestParam
	v2ReplyHeader
	v2ReplyBody
	v2ReplyBodyPath
	v2Context
	v2StageVariable
)

// v2Expressions are the selection expressions. One that ends in a dot goes on with a name.
var v2Expressions = []struct {
	text   string
	source v2Source
	side   string // "" for both
}{
	{"request.header.", v2RequestHeader, "Request"},
	{"request.querystring.", v2RequestQuery, "Request"},
	{"request.body.", v2RequestBodyPath, "Request"},
	{"request.body", v2RequestBody, "Request"},
	{"request.path.", v2RequestParam, "Request"},
	{"request.path", v2RequestPath, "Request"},
	{"response.header.", v2ReplyHeader, "Response"},
	{"response.body.", v2ReplyBodyPath, "Response"},
	{"response.body", v2ReplyBody, "Response"},
	{"context.", v2Context, ""},
	{"stageVariables.", v2StageVariable, ""},
}

// parseV2Value reads a value: $expression, text with ${expression} in it, or text alone. A "$" within
// text that opens no brace is text; what AWS makes of one is not known.
func parseV2Value(text, side string) ([]v2Piece, error) {
	if strings.HasPrefix(text, "$") && !strings.HasPrefix(text, "${") {
		piece, ok := parseV2Expression(text[1:], side)
		if !ok {
			return nil, v2Refused(v2Expression, text)
		}
		return []v2Piece{piece}, nil
	}
	var pieces []v2Piece
	for rest := text; ; {
		literal, after, found := strings.Cut(rest, "${")
		if literal != "" || !found && len(pieces) == 0 {
			pieces = append(pieces, v2Piece{name: literal})
		}
		if !found {
			return pieces, nil
		}
		expression, more, closed := strings.Cut(after, "}")
		piece, ok := parseV2Expression(expression, side)
		if !closed || !ok {
			return nil, v2Refused(v2Expression, text)
		}
		pieces, rest = append(pieces, piece), more
		if rest == "" {
			return pieces, nil
		}
	}
}

func parseV2Expression(text, side string) (v2Piece, bool) {
	for _, known := range v2Expressions {
		name, ok := strings.CutPrefix(text, known.text)
		if !ok || known.side != "" && known.side != side {
			continue
		}
		named := strings.HasSuffix(known.text, ".")
		if named != (name != "") {
			continue
		}
		piece := v2Piece{source: known.source, name: name}
		switch known.source {
		case v2RequestBodyPath, v2ReplyBodyPath:
			piece.path, ok = compileV2Path(name)
		case v2RequestHeader, v2ReplyHeader:
			ok = isV2Header(name)
		case v2Context, v2StageVariable:
			ok = isV2Name(name)
		}
		return piece, ok
	}
	return v2Piece{}, false
}

// isV2Name reports whether a variable may be called so: "only the special characters . and _ are
// supported". A key of an authorizer's context may have a hyphen.
func isV2Name(name string) bool {
	for i := range len(name) {
		if !isV2Letter(name[i]) && strings.IndexByte("._-", name[i]) < 0 {
			return false
		}
	}
	return true
}

// compileV2Path compiles a JSON path, which may neither descend recursively nor filter.
func compileV2Path(text string) (*jsonpath.Path, bool) {
	if strings.Contains(text, "..") || strings.HasPrefix(text, ".") || strings.Contains(text, "?(") {
		return nil, false
	}
	path, err := jsonpath.Compile("$." + text)
	return path, err == nil
}

func (p *v2Piece) value(c *V2Call, place Place) (string, bool) {
	switch p.source {
	case v2Literal:
		return p.name, true
	case v2RequestHeader:
		return joinedV2(c.Request.Header, p.name)
	case v2RequestQuery:
		return queryV2(c.Request.RawQuery, p.name)
	case v2RequestBody:
		return present(string(c.Request.Body))
	case v2RequestBodyPath:
		return bodyV2(&c.request, c.Request.Body, p.path)
	case v2RequestPath:
		return present(pathV2(c.Path, place))
	case v2RequestParam:
		for _, param := range c.Params {
			if param.Name == p.name {
				return pathV2(param.Value, place), true
			}
		}
		return "", false
	case v2ReplyHeader:
		return joinedV2(c.Reply.Header, p.name)
	case v2ReplyBody:
		return present(string(c.Reply.Body))
	case v2ReplyBodyPath:
		return bodyV2(&c.reply, c.Reply.Body, p.path)
	case v2Context:
		return c.Variables.Lookup(p.name)
	}
	value, ok := c.StageVariables[p.name]
	return value, ok
}

func present(value string) (string, bool) { return value, value != "" }

// joinedV2 returns the values of a header, joined by commas.
func joinedV2(header exchange.Header, name string) (string, bool) {
	values := header.Values(name)
	return strings.Join(values, ","), len(values) > 0
}

// queryV2 returns the values of a query parameter, decoded and joined by commas.
func queryV2(query, name string) (string, bool) {
	var values []string
	for parameter := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(parameter, "=")
		if parameter != "" && decodedV2(key) == name {
			values = append(values, decodedV2(value))
		}
	}
	return strings.Join(values, ","), len(values) > 0
}

// decodedV2 decodes what can be; a broken escape stays as it was sent.
func decodedV2(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

// pathV2 decodes a path for a header or parameter. A path that goes into a path keeps its escapes,
// so that %2F divides nothing; what AWS does there is not known.
func pathV2(text string, place Place) string {
	if place == Path {
		return text
	}
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}

func bodyV2(parsed *document, body []byte, path *jsonpath.Path) (string, bool) {
	if parsed.parse(body[:min(len(body), maxV2Body)]); !parsed.valid {
		return "", false
	}
	value, found, err := path.Get(model{}, parsed.value)
	if err != nil || !found || value == nil {
		return "", false
	}
	switch value.(type) {
	case *vtl.Map, *vtl.List:
		return string(vtl.AppendJSON(nil, value)), true
	}
	return vtl.String(value), true
}
