package canary

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTheDemonstrationShowsAPromotionAndARollback holds what is printed to what it promises, in
// their order.
func TestTheDemonstrationShowsAPromotionAndARollback(t *testing.T) {
	began, out := time.Now(), &strings.Builder{}
	if err := Demo(t.Context(), out); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it takes %s, want less than a minute", took)
	}
	rest := out.String()
	for _, line := range []string{
		`runner   http://localhost:\d+, with nothing in it`,
		`stack    orders: a REST API, whose stage serves (\w+) alone \(version 1\)`,
		`traffic  200 calls a second, from now on`,
		`A GOOD RELEASE: version 2 answers as version 1 does`,
		`..:..:..  started       stack orders: \w+ in the place of \w+`,
		`..:..:..  moved         \w+, and \w+ with 10 %`,
		`..:..:..  looked         10 %: canary 0 of \d+ failed, p99 \S+; baseline 0 of \d+ failed, .*: healthy`,
		`..:..:..  moved         \w+, and \w+ with 50 %`,
		`    canary    \w+ +50 % +\d+ +0 \(0.00 %\) .*`,
		`    healthy: 0 of \d+ calls failed, of the baseline's 0 of \d+`,
		`..:..:..  moved         \w+, and \w+ with 100 %`,
		`..:..:..  promoted      \w+ alone \(0 of \d+ calls failed, of the baseline's 0 of \d+\)`,
		`PROMOTED: the stage serves \w+ alone`,
		`of \d+ calls none failed`,
		`A BAD RELEASE, an hour later: version 3 fails every fifth call`,
		`..:..:..  looked .* worse, \d+ of \d+ calls failed, of the baseline's 0 of \d+ \(p = \S+\)`,
		`..:..:..  rolled back   \w+ alone \(at \d+ %: .*\)`,
		`ROLLED BACK: the stage serves \w+ alone`,
		`of \d+ calls \d+ failed, all of them in version 3`,
		`BEGAN  .*`,
		`\S+ \S+  \S+ +stack orders  \w+ +demo +promoted .*`,
		`\S+ \S+  \S+ +stack orders  \w+ +demo +rolled back  .*`,
		`done in \d+s; the runner's clock went on by 1h\d+m0s`,
	} {
		at := regexp.MustCompile("(?m)^" + line + "$").FindStringIndex(rest)
		if at == nil {
			t.Fatalf("nothing, or too early, matches %s in:\n%s", line, out)
		}
		rest = rest[at[1]:]
	}
}
