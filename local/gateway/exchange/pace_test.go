package exchange_test

import (
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := exchange.NewPace(clock.System{}, 10, 100)
		ended := make(chan struct{})
		began := time.Now()
		for _, sent := range []struct {
			bytes int
			goes  time.Duration // when the next may go
		}{
			{10, 0},                       // unpaced
			{50, 450 * time.Millisecond},  // half a second's, of which 50 ms may be caught up
			{50, 950 * time.Millisecond},  // without a pause there is nothing to catch up
			{50, 1450 * time.Millisecond}, // nor is time lost
		} {
			p.Sent(sent.bytes)
			if !p.Wait(ended) || time.Since(began) != sent.goes {
				t.Errorf("after %d bytes more goes after %v, want %v", p.Bytes(), time.Since(began), sent.goes)
			}
		}
		p.Sent(50)
		close(ended)
		if p.Wait(ended) {
			t.Error("an ended stream goes on")
		}
	})
}

func TestFillStageVariables(t *testing.T) {
	variables := map[string]string{"a": "1"}
	for text, want := range map[string]string{
		"x${stageVariables.a}y":      "x1y",
		"${stageVariables.none}.com": ".com",
		"$stageVariables.a":          "1",
		"${stageVariables.a":         "${stageVariables.a",
		"${context.a} $":             "${context.a} $",
	} {
		if got := exchange.FillStageVariables(text, variables); got != want {
			t.Errorf("%s became %q, want %q", text, got, want)
		}
	}
}
