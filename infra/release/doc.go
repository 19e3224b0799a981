// Package release moves a release: it gives a new deployment of a REST stage, or a new version of a
// function, a growing share of the calls, holds it against what served before, and promotes it or
// takes it back.
//
// It stands outside the way of a call: it speaks AWS's management APIs alone, so that the same
// command runs on AWS and against the runner. A Target is what moves (a stage by the parameters of
// its stack, a stage by itself, an alias); the Engine walks a Plan's steps over it; Judge is the
// test that decides; a Record is the audit record, which also tells a later process where an
// earlier one was killed. Nothing here synthesizes, deploys or reads a template.
package release
