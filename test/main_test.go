package test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants that no test leaves a goroutine behind: of the runner, a connection or a process. The
// clock of regexp2 ends by itself a second after its last search.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}
