package lambda

import (
	"strconv"
)

// Numbers tells which numbers the versions of functions have, before anything is deployed: a
// template refers to them.
type Numbers struct {
	published string
	books     map[string]*book // by ARN; with the numbers that were given out
	failure   error
}

// ReadNumbers reads from the folder that Options.Published names; "" has published nothing.
func ReadNumbers(published string) *Numbers {
	return &Numbers{published: published, books: map[string]*book{}}
}

// Of returns the number of the version that an origin has published, or the one that it would
// publish next. It changes nothing.
func (n *Numbers) Of(functionARN, origin string) string {
	b := n.book(functionARN)
	number, known := b.Origins[origin]
	if !known {
		number = b.next()
		b.Origins[origin] = number
		b.Last++
	}
	return number
}

// Published returns the numbers that a function has versions of.
func (n *Numbers) Published(functionARN string) []string {
	var numbers []string
	for _, r := range n.book(functionARN).Releases {
		numbers = append(numbers, r.Number)
	}
	return numbers
}

// Err says which published versions could not be read.
func (n *Numbers) Err() error { return n.failure }

func (n *Numbers) book(arn string) *book {
	b, ok := n.books[arn]
	if !ok {
		var err error
		if b, err = openBook(n.published, arn); err != nil {
			n.failure = err
			b = &book{ARN: arn, Origins: map[string]string{}}
		}
		n.books[arn] = b
	}
	return b
}

// isNumber reports whether text is the number of a published version.
func isNumber(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && strconv.Itoa(n) == text
}
