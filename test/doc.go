// Package test holds the tests of the whole: the law on the structure of the code, the scenarios of
// the command, and the benchmarks. It ships nothing.
package test
