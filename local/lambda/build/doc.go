// Package build compiles the Go packages of functions for this machine.
//
// It stands before the way of a call: a deployment or an edit asks for the program of a source
// folder. What was compiled is kept under the state folder by the fingerprint of everything that
// went into it, and a manifest of sizes and times tells in a few stats that nothing has changed.
// It starts no function and watches no file; it only says which files and folders matter.
package build
