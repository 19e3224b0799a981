package physical

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The letters that ids are made of.
const (
	charsUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	charsLower = "abcdefghijklmnopqrstuvwxyz0123456789"
	charsHex   = "0123456789abcdef"
	charsMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// maxName is the longest name that CloudFormation generates where a service sets no other limit.
const maxName = 255

// expand fills a pattern of the table:
//
//	{partition} {region} {account} {suffix} {stack} {logical}   as they are
//	{ref}             what Ref answers
//	{get Arn}         what Fn::GetAtt of that name answers
//	{prop Name}       a property; "" when it is not set
//	{prop Name else}  a property; "else" when it is not set
//	{list Name}       a property that is a list, its items joined by ","
//	{named Name 64}   a property, else a generated name of at most 64 characters
//	{lowname Name 63} the same in lower case
//	{lower 10} {upper 12} {hex 32} {mixed 9} {uuid}             a stable id that looks random
//	{function Name}   the ARN of the function that a property names
//	{queue} {scheme} {scope}     the name of a queue, https or wss, regional or global
//	{version}         the number of a function's version
//
// An else may hold a pattern itself.
func expand(s Subject, pattern string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		word, after := enclosed(rest)
		text, err := fill(s, word)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
		pattern = after
	}
}

// enclosed returns what stands before the closing brace, and what after it.
func enclosed(rest string) (word, after string) {
	depth := 0
	for i := range len(rest) {
		switch {
		case rest[i] == '{':
			depth++
		case rest[i] == '}' && depth == 0:
			return rest[:i], rest[i+1:]
		case rest[i] == '}':
			depth--
		}
	}
	return rest, ""
}

// fill answers one {word} of a pattern.
func fill(s Subject, word string) (string, error) {
	verb, rest, _ := strings.Cut(word, " ")
	name, option, _ := strings.Cut(rest, " ")
	switch verb {
	case "partition":
		return s.Partition, nil
	case "region":
		return s.Region, nil
	case "account":
		return s.Account, nil
	case "suffix":
		return Suffix(s.Partition), nil
	case "stack":
		return s.Stack, nil
	case "logical":
		return s.LogicalID, nil
	case "ref":
		return Ref(s)
	case "get":
		value, err := Attribute(s, name)
		return text(value), err
	case "prop", "list":
		return propertyOr(s, name, option)
	case "named", "lowname":
		return named(s, verb, name, option)
	case "function":
		return functionARN(s, name)
	case "queue", "scheme", "scope", "version":
		return special(s, verb)
	}
	return stable(s, verb, word, rest), nil
}

// stable answers {lower 10} and its like; the word makes two ids of one resource differ.
func stable(s Subject, verb, word, length string) string {
	seed := s.Stack + "\x00" + s.LogicalID + "\x00" + word
	characters := map[string]string{
		"lower": charsLower, "upper": charsUpper, "hex": charsHex, "mixed": charsMixed,
	}[verb]
	if verb == "uuid" {
		return uuid(seed)
	}
	count, _, _ := strings.Cut(length, " ") // what follows the count only tells ids apart
	n, err := strconv.Atoi(count)
	if err != nil || characters == "" {
		return "{" + word + "}" // a test reads every pattern of the table for this
	}
	return draw(seed, characters, n)
}

// draw returns n characters that depend on seed alone.
func draw(seed, characters string, n int) string {
	out := make([]byte, 0, n)
	for block := 0; len(out) < n; block++ {
		sum := sha256.Sum256([]byte(seed + "\x00" + strconv.Itoa(block)))
		for _, b := range sum[:min(len(sum), n-len(out))] {
			out = append(out, characters[int(b)%len(characters)])
		}
	}
	return string(out)
}

func uuid(seed string) string {
	h := draw(seed, charsHex, 32)
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:])
}

func propertyOr(s Subject, name, otherwise string) (string, error) {
	value, err := property(s, name)
	if err != nil || value != "" || otherwise == "" {
		return value, err
	}
	return expand(s, otherwise)
}

// special answers the words that one type alone needs.
func special(s Subject, word string) (string, error) {
	switch word {
	case "queue":
		name, err := named(s, "named", "QueueName", "80")
		fifo, err2 := property(s, "FifoQueue")
		if fifo == "true" && !strings.HasSuffix(name, ".fifo") {
			name = generated(s, 75, charsUpper) + ".fifo"
		}
		return name, errors.Join(err, err2)
	case "scheme":
		protocol, err := property(s, "ProtocolType")
		if protocol == "WEBSOCKET" {
			return "wss", err
		}
		return "https", err
	case "version":
		function, err := functionARN(s, "FunctionName")
		if s.Version == nil {
			return "1", err
		}
		return s.Version(function, s.Stack+"/"+s.LogicalID), err
	default:
		scope, err := property(s, "Scope")
		if scope == "CLOUDFRONT" {
			return "global", err
		}
		return "regional", err
	}
}

func property(s Subject, name string) (string, error) {
	value, err := s.Property(name)
	return text(value), err
}

// text returns a scalar as it is written, and a list joined by commas.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = text(item)
		}
		return strings.Join(items, ",")
	}
	return ""
}

func named(s Subject, verb, name, limit string) (string, error) {
	value, err := property(s, name)
	if err != nil || value != "" {
		return value, err
	}
	most, err := strconv.Atoi(limit)
	if err != nil {
		most = maxName
	}
	if verb == "lowname" {
		return strings.ToLower(generated(s, most, charsLower)), nil
	}
	return generated(s, most, charsUpper), nil
}

// generated returns "{stack}-{logicalId}-{12 random}", shortened in both names to at most most.
func generated(s Subject, most int, characters string) string {
	random := draw(s.Stack+"\x00"+s.LogicalID+"\x00name", characters, 12)
	stack, logical := s.Stack, s.LogicalID
	if room := most - len(random) - 2; len(stack)+len(logical) > room {
		stack = stack[:min(len(stack), max(room/2, room-len(logical)))]
		logical = logical[:min(len(logical), room-len(stack))]
	}
	return stack + "-" + logical + "-" + random
}

// functionARN turns what FunctionName may hold (a name, "name:alias", an ARN, a partial ARN) into
// the unqualified ARN of the function.
func functionARN(s Subject, name string) (string, error) {
	value, err := property(s, name)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(value, "arn:") {
		parts := strings.Split(value, ":")
		return strings.Join(parts[:min(len(parts), 7)], ":"), nil
	}
	if _, partial, found := strings.Cut(value, ":function:"); found {
		value = partial
	}
	value, _, _ = strings.Cut(value, ":")
	return fmt.Sprintf("arn:%s:lambda:%s:%s:function:%s", s.Partition, s.Region, s.Account, value),
		nil
}
