package lambda

import "strings"

const invokeAction = "lambda:InvokeFunction"

// apiGateway is the principal that calls functions for an API.
const apiGateway = "apigateway.amazonaws.com"

// isAllowed reports whether a statement of t's resource policy admits the caller of in.
func (t *target) isAllowed(in *Input) bool {
	for i := range t.permissions {
		if t.permissions[i].admits(in) {
			return true
		}
	}
	return false
}

func (p *Permission) admits(in *Input) bool {
	if !matchesAction(p.Action) || p.Principal != "*" && p.Principal != in.Principal {
		return false
	}
	if p.SourceARN != "" && !matchesARN(p.SourceARN, in.SourceARN) {
		return false
	}
	return p.SourceAccount == "" || p.SourceAccount == accountOf(in.SourceARN)
}

func matchesAction(pattern string) bool {
	return pattern == invokeAction || matches(strings.ToLower(pattern), strings.ToLower(invokeAction))
}

func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// matchesARN is the ArnLike operator: wildcards stay within each of the six parts of an ARN.
func matchesARN(pattern, arn string) bool {
	for range 5 {
		p, patternRest, ok := strings.Cut(pattern, ":")
		a, arnRest, alsoOK := strings.Cut(arn, ":")
		if !ok || !alsoOK || !matches(p, a) {
			return false
		}
		pattern, arn = patternRest, arnRest
	}
	return matches(pattern, arn)
}

// matches compares text with a pattern of * (any text) and ? (one byte).
func matches(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0: // let the last * take one byte more
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
