package lambda

import (
	"net/http"
	"strings"

	"portico/local/control/model"
)

// name is a function as a call names it.
type name struct{ function, qualifier string }

// maxName is how long the name of a function may be.
const maxName = 64

// named reads FunctionName, which is a name, a partial ARN or an ARN, and Qualifier beside it.
func (c *call) named() (name, error) {
	return c.parse(c.in.Text("FunctionName"), c.in.Text("Qualifier"))
}

func (c *call) parse(text, qualifier string) (name, error) {
	n := name{function: text, qualifier: qualifier}
	// "function:" is a part of its own in ARNs, and the end of a name in "my-function:live".
	if owner, rest, found := strings.Cut(":"+text, ":function:"); found {
		n.function = rest
		if err := c.checkOwner(strings.TrimPrefix(owner, ":")); err != nil {
			return n, err
		}
	}
	own, derived, qualified := strings.Cut(n.function, ":")
	n.function = own
	if len(own) > maxName {
		return n, invalid("1 validation error detected: Value '%s' at 'functionName' failed to satisfy "+
			"constraint: Member must have length less than or equal to %d", own, maxName)
	}
	if !qualified {
		return n, nil
	}
	if n.qualifier != "" && n.qualifier != derived {
		return n, invalid("The derived qualifier from the function name does not match the specified " +
			"qualifier.")
	}
	n.qualifier = derived
	return n, nil
}

// checkOwner refuses an ARN of another region or account: "arn:aws:lambda:us-east-1:123456789012:".
func (c *call) checkOwner(prefix string) error {
	parts := strings.Split(strings.TrimSuffix(prefix, ":"), ":")
	account := parts[len(parts)-1]
	if strings.HasPrefix(prefix, "arn:") && len(parts) >= 5 && parts[3] != c.account.Region {
		return notFound("Functions from '%s' are not reachable in this region ('%s')", parts[3],
			c.account.Region)
	}
	if account != "" && account != c.account.ID {
		return &model.Error{
			Code: "AccessDeniedException", Status: http.StatusForbidden,
			Message: "the function is of another account: " + account,
		}
	}
	return nil
}

// arnOf returns the ARN of a function, with the qualifier if there is one.
func (c *call) arnOf(n name) string {
	arn := c.arn("function:" + n.function)
	if n.qualifier != "" {
		arn += ":" + n.qualifier
	}
	return arn
}

// lookUp finds a function, created here or the template's; nil when there is none.
func (c *call) lookUp(function string) *function {
	if f := c.world.Functions[function]; f != nil {
		return f
	}
	return c.template().functions[function]
}

// function finds the function that a call names.
func (c *call) function() (*function, name, error) {
	n, err := c.named()
	if err != nil {
		return nil, n, err
	}
	f := c.lookUp(n.function)
	if f == nil {
		return nil, n, unknownFunction(c.arnOf(n))
	}
	return f, n, nil
}

// version finds the version that a call names, by a number or an alias.
func (c *call) version() (*function, *version, name, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, nil, n, err
	}
	v, _ := f.find(n.qualifier)
	if v == nil {
		return nil, nil, n, unknownFunction(c.arnOf(n))
	}
	return f, v, n, nil
}

// own finds the function that a call may change.
func (c *call) own() (*function, name, error) {
	f, n, err := c.function()
	if err != nil {
		return nil, n, err
	}
	if f.templates {
		return nil, n, fromTemplate("function", n.function)
	}
	return f, n, nil
}

// qualifierExists says whether what a configuration hangs on is there: AWS looks for numbers and
// $LATEST among the versions, and for all else among the aliases.
func (c *call) qualifierExists(f *function, n name) error {
	if v, _ := f.find(n.qualifier); v != nil {
		return nil
	}
	if isNumber(n.qualifier) || strings.Contains(n.qualifier, "$") {
		return unknownFunction(c.arnOf(n))
	}
	return unknownAlias(c.arnOf(n))
}
