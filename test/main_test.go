package test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants that no test leaves a goroutine behind: of the runner, a connection or a process.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
