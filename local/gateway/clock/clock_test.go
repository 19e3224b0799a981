package clock_test

import (
	"testing"
	"time"

	"portico/local/gateway/clock"
)

func TestManualRingsWhatFallsDue(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock.NewManual(start)
	var rung []string
	c.AfterFunc(time.Minute, func() { rung = append(rung, "minute") })
	c.AfterFunc(time.Hour, func() { rung = append(rung, "hour") })
	stop := c.AfterFunc(time.Second, func() { rung = append(rung, "stopped") })
	if !stop() {
		t.Error("a waiting bell could not be stopped")
	}
	if stop() {
		t.Error("a bell was stopped twice")
	}
	c.Advance(59 * time.Second)
	if len(rung) != 0 {
		t.Errorf("%v rang early", rung)
	}
	c.Advance(time.Second)
	if len(rung) != 1 || rung[0] != "minute" {
		t.Errorf("got %v, want the minute bell", rung)
	}
	if want := start.Add(time.Minute); !c.Now().Equal(want) {
		t.Errorf("got %v, want %v", c.Now(), want)
	}
}
