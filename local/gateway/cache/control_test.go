package cache

import (
	"testing"

	"portico/local/gateway/exchange"
)

func TestDecide(t *testing.T) {
	for _, r := range []struct {
		name     string
		required bool
		strategy string
		allowed  bool
		want     Decision
	}{
		{"anyone may where no authorization is required", false, "FAIL_WITH_403", false, Refresh},
		{"who is allowed may", true, "FAIL_WITH_403", true, Refresh},
		{"who is not fails", true, "FAIL_WITH_403", false, Refuse},
		{"or is warned", true, "SUCCEED_WITH_RESPONSE_HEADER", false, Warn},
		{"or learns nothing", true, "SUCCEED_WITHOUT_RESPONSE_HEADER", false, Ignore},
	} {
		t.Run(r.name, func(t *testing.T) {
			control, err := NewControl(r.required, r.strategy)
			if err != nil {
				t.Fatal(err)
			}
			if got := control.Decide(r.allowed); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
	if _, err := NewControl(true, "SUCCEED"); err == nil {
		t.Error("an unknown strategy was taken")
	}
	unset := Control{RequireAuthorization: true}
	if got := unset.Decide(false); got != Refuse {
		t.Errorf("without a strategy: got %s, want %s", got, Refuse)
	}
}

func TestAsksForNew(t *testing.T) {
	for _, r := range []struct {
		name   string
		header exchange.Header
		want   bool
	}{
		{"no header", nil, false},
		{"max-age=0", exchange.Header{{Name: "Cache-Control", Value: "max-age=0"}}, true},
		{"in any case", exchange.Header{{Name: "cache-control", Value: "Max-Age=0"}}, true},
		{
			"among other directives",
			exchange.Header{{Name: "Cache-Control", Value: "no-transform, max-age = 0 ,private"}},
			true,
		},
		{
			"on a second line", exchange.Header{
				{Name: "Cache-Control", Value: "private"}, {Name: "Cache-Control", Value: "max-age=0"},
			}, true,
		},
		{"no-cache has no say", exchange.Header{{Name: "Cache-Control", Value: "no-cache"}}, false},
		{"another age", exchange.Header{{Name: "Cache-Control", Value: "max-age=01"}}, false},
		{"another directive", exchange.Header{{Name: "Cache-Control", Value: "s-max-age=0"}}, false},
		{"no age", exchange.Header{{Name: "Cache-Control", Value: "max-age"}}, false},
		{"another header", exchange.Header{{Name: "Pragma", Value: "max-age=0"}}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := AsksForNew(r.header); got != r.want {
				t.Errorf("got %t, want %t", got, r.want)
			}
		})
	}
}
