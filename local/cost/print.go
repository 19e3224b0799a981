package cost

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteTable prints an estimate for people.
func (e *Estimate) WriteTable(w io.Writer) {
	fmt.Fprintf(w, "a month in %s, from %s; prices read on %s, free tiers not taken off\n", e.Region,
		e.Traffic.Source, e.PricesRead)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tWHAT\tQUANTITY\t\tUSD\tFOR")
	marked := false
	for _, line := range e.Lines {
		mark := ""
		if !line.Confirmed {
			mark, marked = "*", true
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.2f%s\t%s\n", line.Service, line.Item,
			short(line.Quantity), line.Unit, line.USD, mark, line.For)
	}
	fmt.Fprintf(table, "\t\t\t\t%.2f\t\n", e.USD)
	_ = table.Flush() // what w refuses, the lines after it report
	if marked {
		fmt.Fprintln(w, "* a price, or a tier of it, that was not confirmed: portico cost --prices")
	}
	e.writeComparison(w)
	fmt.Fprintln(w, "assumed, where nothing was recorded or given:")
	for _, sentence := range e.Assumptions {
		fmt.Fprintln(w, "  "+sentence)
	}
	if len(e.NotCounted) > 0 {
		fmt.Fprintln(w, "not counted: "+strings.Join(e.NotCounted, ", "))
	}
}

func (e *Estimate) writeComparison(w io.Writer) {
	if len(e.Comparison) == 0 {
		return
	}
	fmt.Fprintln(w, "the calls alone, on either kind of API:")
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "API\tIS\tCALLS\tREST\tHTTP\tUSES WHAT ONLY A REST API HAS")
	for _, c := range e.Comparison {
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\t%.2f\t%s\n", c.API, c.Kind, short(c.Requests), c.REST,
			c.HTTP, strings.Join(c.Needs, ", "))
	}
	_ = table.Flush() // what w refuses, the lines after it report
}

// WritePrices prints the table of prices.
func WritePrices(w io.Writer) error {
	fmt.Fprintf(w, "US dollars, %s, read on %s; * was not confirmed\n", Region, ReadOn)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tWHAT\tPRICE\tSOURCE")
	for _, p := range Prices() {
		mark := ""
		if !p.Confirmed {
			mark = "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%s%s\t%s\n", p.Service, p.Item, p.says(), mark, p.Source)
	}
	return table.Flush()
}

// says writes a price: 3.50 per 1 M calls to 333 M, then 2.80.
func (p Price) says() string {
	var parts []string
	for i, tier := range p.Tiers {
		text := strconv.FormatFloat(tier.USD, 'f', -1, 64)
		if i == 0 {
			text += " for " + short(p.Per) + " " + p.unit()
		}
		if tier.UpTo > 0 {
			text += " up to " + short(tier.UpTo)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", then ")
}

// unit writes what a price is for: a month, a million calls.
func (p Price) unit() string {
	if p.Per == 1 && (strings.HasSuffix(p.Unit, "months") || p.Unit == "hours") {
		return strings.TrimSuffix(p.Unit, "s")
	}
	return p.Unit
}

// short writes a quantity as people read it.
func short(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{billion, " B"}, {million, " M"}} {
		if n >= unit.size {
			return strconv.FormatFloat(round(n/unit.size), 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatFloat(round(n), 'f', -1, 64)
}

// round keeps three digits behind the point.
func round(n float64) float64 {
	text, err := strconv.ParseFloat(strconv.FormatFloat(n, 'f', 3, 64), 64)
	if err != nil {
		return n
	}
	return text
}
