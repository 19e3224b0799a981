// Package openapi translates OpenAPI documents with API Gateway's extensions into definitions.
//
// It stands before every call: provision hands it the Body of an API, and later the management API
// what is imported; what it makes is what resources, methods, routes and integrations of a template
// would have made. It follows API Gateway's importer: what AWS refuses is an error, what AWS
// tolerates and drops is a warning, and what stands in a document without having an effect is
// listed as a finding, so that nothing configured is passed over in silence. It compiles no
// template and no schema, fetches no URL and no other file, and runs nothing.
package openapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
)

// How the base path of a document becomes part of the paths (Set the OpenAPI basePath property).
const (
	BasePathIgnore  = "ignore"  // as if it were not there; the default
	BasePathPrepend = "prepend" // all of it stands before every path
	BasePathSplit   = "split"   // all of it but its first segment, which a stage is named after
)

// What happens to an API that is there already.
const (
	ModeOverwrite = "overwrite" // it is replaced
	ModeMerge     = "merge"     // it keeps what the document does not define
)

// Options say how a document is imported.
type Options struct {
	BasePath string // BasePathIgnore when empty
	// Mode is ModeOverwrite or ModeMerge; when empty, definitions are replaced while lists such as
	// the binary media types are merged, as CloudFormation does.
	Mode   string
	RootID string // of the root resource of a REST API; made from the API's id when empty
}

// Document is an OpenAPI document in which every value knows its place.
type Document struct {
	root    *node
	swagger bool // OpenAPI 2.0
}

// Warning is a sentence about a place in a document.
type Warning struct {
	Pointer      string // RFC 6901, "" for the document itself
	Line, Column int    // from 1; 0 when the document came as a tree
	Message      string // AWS's words where they are known
}

// String returns the message with its place.
func (w Warning) String() string {
	place := w.Pointer
	if w.Line > 0 {
		place = strings.TrimSpace(fmt.Sprintf("%s line %d:%d", w.Pointer, w.Line, w.Column))
	}
	if place == "" {
		return w.Message
	}
	return w.Message + " (" + place + ")"
}

// Finding is something in a document that has no effect here.
type Finding struct {
	Pointer      string
	Line, Column int
	Name         string // of the extension, property or keyword
	Value        string // as JSON, shortened
	// Irrelevant says that it could not change an answer; otherwise it is not honoured.
	Irrelevant bool
	Why        string
}

// Imported is what a document describes, and what is to be said about it.
type Imported[T any] struct {
	API T
	// Warnings are what AWS tolerates and drops; with FailOnWarnings it refuses the document.
	Warnings []Warning
	Findings []Finding
	// Unfinished are what AWS imports and refuses to deploy: methods without an integration.
	Unfinished []Warning
}

// Error lists why a document cannot be imported.
type Error struct {
	Problems  []Warning
	Tolerable bool // the problems are warnings, on which the import was to fail
}

// Error returns all problems in AWS's form.
func (e *Error) Error() string {
	found := "Errors found during import:"
	if e.Tolerable {
		found = "Warnings found during import:"
	}
	var text strings.Builder
	for _, w := range e.Problems {
		text.WriteString("\n\t" + w.String())
	}
	return found + text.String()
}

// Refuse returns the error of an import that fails on warnings, nil when there are none.
func Refuse(warnings []Warning) error {
	if len(warnings) == 0 {
		return nil
	}
	return &Error{Problems: warnings, Tolerable: true}
}

const invalidInput = "Invalid OpenAPI input."

// maxSize is the largest definition that AWS takes (rest-api.md, "Limits").
const maxSize = 6 << 20

// Parse reads a document, JSON or YAML.
func Parse(data []byte) (*Document, error) {
	if len(data) > maxSize {
		return nil, &Error{Problems: []Warning{{Message: fmt.Sprintf(
			"%s It has %d bytes, AWS takes %d.", invalidInput, len(data), maxSize)}}}
	}
	root, faults := parse(data)
	if len(faults) > 0 {
		for i := range faults {
			faults[i].Message = invalidInput + " " + faults[i].Message
		}
		return nil, &Error{Problems: faults}
	}
	return newDocument(root)
}

// FromTree takes a document that is evaluated already: map[string]any, []any, string, json.Number,
// float64, int, bool and nil.
func FromTree(tree any) (*Document, error) {
	root := fromTree(tree, 0)
	if root == nil {
		return nil, &Error{Problems: []Warning{{Message: invalidInput}}}
	}
	return newDocument(root)
}

func newDocument(root *node) (*Document, error) {
	d := &Document{root: root}
	version := root.get("openapi")
	if old := root.get("swagger"); old != nil {
		d.swagger, version = true, old
	}
	want := "3.0"
	if d.swagger {
		want = "2.0"
	}
	if root.kind != object || version == nil {
		return nil, &Error{Problems: []Warning{root.warning(
			invalidInput + " It has neither swagger: \"2.0\" nor openapi: \"3.0.x\".")}}
	}
	if version.text != want && !strings.HasPrefix(version.text, want+".") {
		return nil, &Error{Problems: []Warning{version.warning(fmt.Sprintf(
			"%s The version %q is none that API Gateway imports; it takes 2.0 and 3.0.",
			invalidInput, version.text))}}
	}
	return d, nil
}

// Title returns info.title, the name of the API.
func (d *Document) Title() string { return d.root.get("info").get("title").string() }

// Description returns info.description.
func (d *Document) Description() string { return d.root.get("info").get("description").string() }

// Version returns info.version.
func (d *Document) Version() string { return d.root.get("info").get("version").string() }

// importer goes through one document for one API.
type importer struct {
	root     *node
	swagger  bool
	rest     bool // for a REST API; otherwise for an HTTP API
	apiID    string
	account  api.Account
	basePath string

	problems []Warning
	warnings []Warning
	findings []Finding
	taken    map[*node]bool // extensions that were read
}

func (d *Document) importer(apiID string, account api.Account, o Options) *importer {
	i := &importer{
		swagger: d.swagger, apiID: apiID, account: account, taken: map[*node]bool{},
	}
	i.root = substituted(d.root, variables(account))
	i.basePath = i.prefix(o.BasePath)
	switch o.Mode {
	case "", ModeOverwrite, ModeMerge:
	default:
		i.fail(i.root, "the mode %q is none of %s, %s", o.Mode, ModeOverwrite, ModeMerge)
	}
	return i
}

func (i *importer) fail(at *node, format string, args ...any) {
	i.problems = append(i.problems, at.warning(fmt.Sprintf(format, args...)))
}

func (i *importer) warn(at *node, format string, args ...any) {
	i.warnings = append(i.warnings, at.warning(fmt.Sprintf(format, args...)))
}

// ignored notes what AWS takes without using it.
func (i *importer) ignored(at *node, why string) { i.find(at, why, true) }

// refused notes what is not honoured here.
func (i *importer) refused(at *node, why string) { i.find(at, why, false) }

func (i *importer) find(at *node, why string, irrelevant bool) {
	i.findings = append(i.findings, Finding{
		Pointer: at.pointer(), Line: at.line, Column: at.column, Name: at.key,
		Value: at.shortened(), Irrelevant: irrelevant, Why: why,
	})
}

// err returns the problems as one error.
func (i *importer) err() error {
	if len(i.problems) == 0 {
		return nil
	}
	return &Error{Problems: i.problems}
}
