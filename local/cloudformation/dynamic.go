package cloudformation

import (
	"regexp"
	"strconv"
	"strings"

	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
)

// dynamicReference is {{resolve:ssm:name:version}} and its like, which CloudFormation resolves
// while it creates a resource.
var dynamicReference = regexp.MustCompile(`\{\{resolve:([a-z-]+):([^{}]*)\}\}`)

// resolve replaces the dynamic references in value that the options know. One that they do not
// know is an error in a resource that is served, and kept in all others, which nothing reads. The
// node n gives the place as long as it has the shape of value.
func (t *template) resolve(d *draft, n *document.Node, path string, value any) (any, bool) {
	complete := true
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "{{resolve:") {
			return t.resolveText(d, n, path, v)
		}
	case []any:
		for i, item := range v {
			under := n
			if n.Kind == document.List && len(n.Items) == len(v) {
				under = n.Items[i]
			}
			var ok bool
			v[i], ok = t.resolve(d, under, path+"["+strconv.Itoa(i)+"]", item)
			complete = complete && ok
		}
	case map[string]any:
		for key, item := range v {
			under := n
			if down := n.Get(key); down != nil {
				under = down
			}
			var ok bool
			v[key], ok = t.resolve(d, under, intrinsic.Join(path, key), item)
			complete = complete && ok
		}
	}
	return value, complete
}

func (t *template) resolveText(
	d *draft, n *document.Node, path, text string,
) (string, bool) {
	complete := true
	text = dynamicReference.ReplaceAllStringFunc(text, func(reference string) string {
		match := dynamicReference.FindStringSubmatch(reference)
		name, _, _ := strings.Cut(match[2], ":")
		if value, known := t.reader.options.SSM[name]; known && match[1] == "ssm" {
			return value
		}
		if isServed(d.kind) {
			complete = false
			t.fail(d.id, path, n.At, "no value is given for the dynamic reference %s", reference)
		}
		return reference
	})
	return text, complete
}

// isServed reports that the properties of a type are put to use locally.
func isServed(kind string) bool {
	for _, prefix := range []string{
		"AWS::ApiGateway", "AWS::Lambda", "AWS::WAFv2", "AWS::Serverless", "AWS::Cognito",
		"AWS::DynamoDB", "AWS::SQS",
	} {
		if strings.HasPrefix(kind, prefix) {
			return true
		}
	}
	return false
}
