package cloudformation

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"portico/local/cloudformation/document"
)

// Error is one thing that is wrong with an assembly.
type Error struct {
	Stack    string
	Resource string // logical id, empty outside of resources
	Path     string // "Properties.Integration.Uri", "Outputs.Url.Value"
	Message  string
	File     string // relative to the folder of the assembly
	Line     int    // from 1; 0 when the place is not known
	Column   int
}

// Error returns the place, as names and as line and column, and what is wrong there.
func (e *Error) Error() string {
	var parts []string
	for _, part := range []string{e.Stack, e.Resource, e.Path, e.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, ": ")
	switch {
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("%s (%s:%d:%d)", text, e.File, e.Line, e.Column)
	case e.File != "":
		return fmt.Sprintf("%s (%s)", text, e.File)
	}
	return text
}

// Errors are all things that are wrong with an assembly, in the order of stacks and lines.
type Errors []*Error

// Error returns one line per error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// failures collects errors; the same thing at the same place counts once.
type failures struct {
	all  Errors
	seen map[Error]bool
}

func (f *failures) add(e Error) {
	if f.seen == nil {
		f.seen = make(map[Error]bool)
	}
	if !f.seen[e] {
		f.seen[e] = true
		f.all = append(f.all, &e)
	}
}

// sorted returns the errors in the order of lines.
func (f *failures) sorted() Errors {
	slices.SortStableFunc(f.all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f.all
}

// place fills file, line and column.
func (e Error) place(dir, file string, at document.Position) Error {
	e.File = file
	if relative, err := filepath.Rel(dir, file); err == nil {
		e.File = relative
	}
	e.Line, e.Column = at.Line, at.Column
	return e
}
