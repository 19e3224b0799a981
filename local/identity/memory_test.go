package identity

import (
	"strconv"
	"testing"
	"time"
)

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func TestOldCodesAreVoidWhenThereAreTooMany(t *testing.T) {
	c := newCodes(2)
	for _, code := range []string{"a", "b", "c"} {
		c.put(code, grant{expires: began.Add(time.Minute)})
	}
	if _, ok := c.take("a", began); ok {
		t.Error("the oldest code still holds")
	}
	if _, ok := c.take("c", began); !ok {
		t.Error("the newest code does not hold")
	}
	if _, ok := c.take("c", began); ok {
		t.Error("a code holds twice")
	}
	if len(c.held) > 2 || len(c.order) > 2 {
		t.Errorf("%d codes are held", len(c.held))
	}
}

func TestWhatIsForgottenStaysSpent(t *testing.T) {
	l := newLedger(10)
	at := func(i int) time.Time { return began.Add(time.Duration(i) * time.Second) }
	for i := range 100 {
		l.spend(strconv.Itoa(i), at(i), at(1000))
	}
	if len(l.entries) > 10 {
		t.Errorf("%d entries are kept", len(l.entries))
	}
	for i := range 100 {
		if _, spent := l.spentAt(strconv.Itoa(i), at(i)); !spent {
			t.Errorf("token %d is good again", i)
		}
	}
	if _, spent := l.spentAt("fresh", at(200)); spent {
		t.Error("a token that nobody used is spent")
	}
	if when, _ := l.spentAt("0", at(0)); !when.IsZero() {
		t.Error("what was forgotten has a time, so a grace period would begin anew")
	}
}

func TestPeopleAreForgotten(t *testing.T) {
	p := newPeople(2)
	for _, name := range []string{"a", "b", "b", "c"} {
		p.put("pool", name, map[string]string{"email": name})
	}
	if _, known := p.of("pool", "a"); known || len(p.known) != 2 {
		t.Errorf("%d people are known", len(p.known))
	}
	if got, _ := p.of("pool", "b"); got["email"] != "b" {
		t.Errorf("b = %v", got)
	}
}
