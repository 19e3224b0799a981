package exchange

import (
	"testing"
	"time"
)

func TestVariablesOfAStream(t *testing.T) {
	streamed := Variables{
		TransferMode: "STREAMED", TimeToAllHeaders: 12 * time.Millisecond,
		TimeToFirstContent: 15 * time.Millisecond,
	}
	for _, row := range []struct {
		does, name string
		of         *Variables
		want       string
	}{
		{"the mode", "integration.responseTransferMode", &streamed, "STREAMED"},
		{"the headers", "integration.timeToAllHeaders", &streamed, "12"},
		{"the content", "integration.timeToFirstContent", &streamed, "15"},
		{"a buffered call has none", "integration.responseTransferMode", &Variables{}, ""},
	} {
		t.Run(row.does, func(t *testing.T) {
			got, ok := row.of.Lookup(row.name)
			if got != row.want || ok != (row.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, row.want)
			}
		})
	}
}
