// Package cdk writes definitions of APIs as CDK apps in Go, made of L1 constructs.
//
// It stands beside the writer of OpenAPI documents, in no call's way: the command portico export
// prints what it makes. The program that it writes synthesizes to a template of the same API, with
// the stages that were asked for; what belongs to other resources (functions, roles, log groups,
// VPC links) is named by the ARNs and ids that the definition has. It leaves out usage plans, API
// keys, whose values are secrets, domains, web ACLs and canaries, and says so in the program. It
// runs no CDK itself.
package cdk

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"portico/local/gateway/api"
)

// Options say how a program is written.
type Options struct {
	Stack       string   // the stack's name; made of the API's when empty
	Stages      []string // of the API, by name
	Description string   // of the API
	// Validators are the names of request validators by id, where they are known.
	Validators map[string]string
}

// program is a CDK app in the making.
type program struct {
	body  bytes.Buffer
	taken map[string]bool // ids of constructs
	left  []string        // what is not in it
}

func newProgram() *program { return &program{taken: map[string]bool{}} }

func (p *program) add(format string, args ...any) { fmt.Fprintf(&p.body, format+"\n", args...) }

// leave notes what the program does not make.
func (p *program) leave(format string, args ...any) {
	p.left = append(p.left, fmt.Sprintf(format, args...))
}

// id makes the id of a construct of words, and of a number where the words are taken.
func (p *program) id(words ...string) string {
	var b strings.Builder
	for _, word := range words {
		for _, part := range strings.FieldsFunc(word, func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	made, base := b.String(), b.String()
	for n := 2; made == "" || p.taken[made]; n++ {
		made = base + strconv.Itoa(n)
	}
	p.taken[made] = true
	return quote(made)
}

// source returns the whole program, formatted.
func (p *program) source(kind, name, stack string, imports ...string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Package main makes the %s API %s.\n", kind, oneLine(name))
	for i, text := range p.left {
		if i == 0 {
			b.WriteString("//\n// Not in it:\n")
		}
		fmt.Fprintf(&b, "//   - %s\n", oneLine(text))
	}
	b.WriteString("package main\n\nimport (\n")
	for _, path := range imports {
		if path == "" {
			b.WriteString("\n")
			continue
		}
		fmt.Fprintf(&b, "%q\n", path)
	}
	fmt.Fprintf(&b, `)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	newAPI(awscdk.NewStack(app, jsii.String(%s), nil))
	app.Synth(nil)
}

func newAPI(stack awscdk.Stack) {
`, quote(stack))
	b.Write(p.body.Bytes())
	b.WriteString("}\n")
	made, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("formatting the program of %s: %w", name, err)
	}
	return made, nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stackName makes the name of a stack of the API's.
func stackName(o *Options, name string) string {
	if o.Stack != "" {
		return o.Stack
	}
	made := strings.Trim(strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}, name), "-")
	if made == "" || !unicode.IsLetter(rune(made[0])) {
		made = "Api" + made
	}
	return made
}

// literal is a struct in Go: a pointer to one.
type literal struct {
	of     string
	fields []string
}

// put adds a field; "" is none.
func (l *literal) put(name, code string) {
	if code != "" {
		l.fields = append(l.fields, name+": "+code+",")
	}
}

// String returns the code.
func (l *literal) String() string {
	if len(l.fields) == 0 {
		return "&" + l.of + "{}"
	}
	return "&" + l.of + "{\n" + strings.Join(l.fields, "\n") + "\n}"
}

// quote writes a string, raw where that is easier to read.
func quote(text string) string {
	if strings.ContainsAny(text, "\"\n") &&
		strconv.CanBackquote(strings.ReplaceAll(text, "\n", "")) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

func text(value string) string {
	if value == "" {
		return ""
	}
	return "jsii.String(" + quote(value) + ")"
}

func texts(values []string) string {
	if len(values) == 0 {
		return ""
	}
	quoted := make([]string, 0, len(values))
	for _, value := range values {
		quoted = append(quoted, quote(value))
	}
	return "jsii.Strings(" + strings.Join(quoted, ", ") + ")"
}

func number(value float64) string {
	return "jsii.Number(" + strconv.FormatFloat(value, 'g', -1, 64) + ")"
}

func truth(value bool) string {
	if !value {
		return ""
	}
	return "jsii.Bool(true)"
}

func textMap(values map[string]string) string {
	return mapOf("map[string]*string", values, text)
}

// mapOf writes a map in the order of its keys; nothing for an empty one. An empty string stays one.
func mapOf[V any](of string, values map[string]V, code func(V) string) string {
	if len(values) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("&" + of + "{\n")
	for _, key := range sortedKeys(values) {
		value := code(values[key])
		if value == "" {
			value = `jsii.String("")`
		}
		b.WriteString(quote(key) + ": " + value + ",\n")
	}
	return b.String() + "}"
}

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// chosen returns the stages that were asked for.
func chosen(all []api.Stage, names []string) ([]api.Stage, error) {
	var found []api.Stage
	for _, name := range names {
		at := slices.IndexFunc(all, func(s api.Stage) bool { return s.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("it has no stage %q", name)
		}
		found = append(found, all[at])
	}
	return found, nil
}
