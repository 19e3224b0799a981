package replay

import (
	"encoding/xml"
	"io"
	"strings"
)

type testSuite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Time     float64    `xml:"time,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    float64  `xml:"time,attr"`
	Failure *outcome `xml:"failure,omitempty"`
	Error   *outcome `xml:"error,omitempty"`
}

type outcome struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes results as a JUnit report, which continuous integration shows.
func WriteJUnit(w io.Writer, results []Result) error {
	suite := testSuite{Name: "portico replay", Tests: len(results)}
	for _, r := range results {
		c := testCase{Class: r.Fixture.Function, Name: r.Fixture.Name, Time: r.Took.Seconds()}
		suite.Time += c.Time
		switch {
		case r.Err != nil:
			suite.Errors++
			c.Error = &outcome{Message: "could not be run", Text: r.Err.Error()}
		case r.Failed():
			suite.Failures++
			c.Failure = &outcome{
				Message: r.Differences[0], Text: strings.Join(r.Differences, "\n"),
			}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	return encoder.Encode(suite)
}
