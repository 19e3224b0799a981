package lambda

import "strings"

// reference is a function as a call or a template names it.
type reference struct {
	prefix    string // arn:aws:lambda:us-east-1:123456789012:function, or ""
	name      string
	qualifier string // "" and $LATEST are the same
}

// parseReference reads a name, a partial ARN (123456789012:function:orders) or an ARN, each with
// or without a qualifier.
func parseReference(text string) (reference, bool) {
	var r reference
	rest := text
	if at := strings.LastIndex(text, ":function:"); at >= 0 {
		r.prefix, rest = text[:at+len(":function")], text[at+len(":function:"):]
	} else if strings.HasPrefix(text, "arn:") {
		return r, false
	}
	name, qualifier, qualified := strings.Cut(rest, ":")
	if qualifier != "$LATEST" {
		r.qualifier = qualifier
	}
	r.name = name
	ok := name != "" && !strings.Contains(qualifier, ":") && (!qualified || qualifier != "")
	return r, ok
}

// names returns every way to name a qualifier of a function.
func names(fn *Function, account, qualifier string) []string {
	partial := account + ":function:" + fn.Name
	all := make([]string, 0, 6)
	for _, base := range []string{fn.Name, partial, fn.ARN} {
		if qualifier == "" {
			all = append(all, base, base+":$LATEST")
			continue
		}
		all = append(all, base+":"+qualifier)
	}
	return all
}
