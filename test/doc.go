// Package test holds the tests of the whole, through the runner's front door and the command: the
// law on the structure of the code, the reference application called by its clients, 1,000 calls at
// once, the scenarios of the command, and the benchmarks. It ships nothing, and it does not repeat
// what the tests beside the code prove.
package test
