package restapi

import "strings"

// template is a compiled mapping template.
type template interface {
	// render makes a body from the call and the body at hand; nil is an empty one.
	render(c *call, body []byte) ([]byte, error)
}

// compileTemplate compiles a mapping template. The Velocity language is not served yet: what has a
// directive or reference refuses every call.
func compileTemplate(text string) template {
	if strings.ContainsAny(text, "#$") {
		return unserved("a mapping template with Velocity (# or $) is not served yet")
	}
	return constant(text)
}

// constant is a template that is only text. Nobody changes what it renders.
type constant []byte

func (t constant) render(*call, []byte) ([]byte, error) { return t, nil }

// unserved is a template that cannot be rendered, and why.
type unserved string

func (t unserved) render(*call, []byte) ([]byte, error) { return nil, badConfiguration(string(t)) }
