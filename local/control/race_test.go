//go:build race

package control_test

// slower is how much longer everything may take: the race detector watches.
const slower = 10
