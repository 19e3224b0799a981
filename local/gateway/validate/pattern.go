package validate

import (
	"regexp"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxSearch is how long one text may be searched for a pattern that is not linear. It is measured
// in real time: it only keeps a call from taking the machine.
const maxSearch = time.Second

// pattern compiles a schema's regular expression, which is one of ECMA 262: by Go's package where
// that can read it, else, for look-around and back references, by one that goes back.
func pattern(expression string) (jsonschema.Regexp, error) {
	linear, err := regexp.Compile(expression)
	if err == nil {
		return linear, nil
	}
	compiled, otherErr := regexp2.Compile(expression, regexp2.ECMAScript)
	if otherErr != nil {
		return nil, err
	}
	compiled.MatchTimeout = maxSearch
	return slowPattern{compiled}, nil
}

// slowPattern is an expression that Go's package cannot read.
type slowPattern struct{ *regexp2.Regexp }

// MatchString says whether the expression matches in text. A search that takes too long finds
// nothing.
func (p slowPattern) MatchString(text string) bool {
	found, err := p.Regexp.MatchString(text)
	return err == nil && found
}
