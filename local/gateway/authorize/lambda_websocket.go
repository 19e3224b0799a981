package authorize

import "fmt"

// maxWebSocketResult is the most bytes an authorizer of a WebSocket API may answer with ("Quotas
// for configuring and running a WebSocket API").
const maxWebSocketResult = 8 << 10

// NewWebSocketLambda returns a REQUEST authorizer of a WebSocket API, on one stage. It keeps no
// result: what it said at $connect holds as long as the connection, which is for the API to keep.
func NewWebSocketLambda(o LambdaOptions) (*Lambda, error) {
	o.TTL, o.Validation = 0, ""
	l, err := NewLambda(o)
	if err != nil {
		return nil, err
	}
	l.parse = parseWebSocketResult
	return l, nil
}

func parseWebSocketResult(answer []byte) (*LambdaResult, error) {
	if len(answer) > maxWebSocketResult {
		return nil, fmt.Errorf("it has %d bytes, allowed are %d", len(answer), maxWebSocketResult)
	}
	return parseResult(answer)
}
