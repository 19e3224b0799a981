package cost

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// rows returns the cells of the rows of the table below a header in docs/rest-or-http.md.
func rows(t *testing.T, header string) [][]float64 {
	t.Helper()
	text, err := os.ReadFile("../../docs/rest-or-http.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), header+"\n")
	if !found {
		t.Fatalf("the document has no table with the header %s", header)
	}
	var all [][]float64
	for line := range strings.Lines(after) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 2 {
			break
		}
		var numbers []float64
		for _, cell := range cells {
			n, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(cell), ",", ""), 64)
			if err == nil {
				numbers = append(numbers, n)
			}
		}
		if len(numbers) > 0 {
			all = append(all, numbers)
		}
	}
	if len(all) < 5 {
		t.Fatalf("the table %s has %d rows, want at least 5", header, len(all))
	}
	return all
}

func TestTheDocumentsNumbersAreThoseOfTheTable(t *testing.T) {
	for _, row := range rows(t, "| calls a month | REST | HTTP | REST costs more by |") {
		rest, http := PriceOf(REST, row[0], 1), PriceOf(HTTP, row[0], 1)
		if !near(row[1], rest) || !near(row[2], http) || !near(row[3], rest-http) {
			t.Errorf("%v calls: the document says %v, want %.2f, %.2f, %.2f", row[0], row[1:], rest, http,
				rest-http)
		}
	}
	for _, row := range rows(t, "| calls a month | KB of a body | REST | HTTP |") {
		rest, http := PriceOf(REST, row[0], row[1]), PriceOf(HTTP, row[0], row[1])
		if !near(row[2], rest) || !near(row[3], http) {
			t.Errorf("%v calls of %v KB: the document says %v, want %.2f, %.2f", row[0], row[1], row[2:],
				rest, http)
		}
	}
	for _, row := range rows(t, "| GB | USD a month |") {
		price, found := Find(cachePrefix + strconv.FormatFloat(row[0], 'f', -1, 64))
		if want := price.Of(Month); !found || !near(row[1], want) {
			t.Errorf("a cache of %v GB: the document says %v, want %.2f", row[0], row[1], want)
		}
	}
}
