// Package events holds sample events as AWS sends them, one folder per function, each with the
// expected answer beside it.
//
// The functions' tests run them through handlers, `portico replay` through real processes. The
// package itself is data: it has no code but the test that keeps the files in order.
package events
