// Package smoke asks deployed APIs what every client relies on, and holds the answers against what
// is expected, and against each other: those of the runner and those of AWS.
//
// It stands outside the way of a call: it is a client of HTTP and of WebSockets. A case is data, in
// a file of cases (smoke/README.md describes the format); a Target is where the APIs of a case are
// reached and how its tokens are come by. Two answers are compared by their status, the headers that
// clients look at, and their bodies; what differs from call to call (ids, times, cursors) is masked
// first. Nothing here serves, deploys or reads a template, and no case may leave more behind than
// its request does.
package smoke
