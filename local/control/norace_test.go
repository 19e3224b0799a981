//go:build !race

package control_test

// slower is how much longer everything may take.
const slower = 1
