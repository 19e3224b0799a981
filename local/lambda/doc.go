// Package lambda runs functions the way AWS Lambda does, as processes of this machine.
//
// It stands at the end of the way of a call: an integration or an authorizer asks for a function by
// its ARN, and the package resolves alias and version, checks the resource policy and the
// concurrency, hands the payload to an environment over the Runtime API, and returns the answer or
// AWS's error document. Definitions come in through Deploy; package build compiles, package process
// starts and ends, package runtimeapi speaks with the runtime inside.
//
// It does not read templates, does not know API Gateway's events, and isolates nothing: a function
// sees the files and the network of the machine, and its memory and /tmp sizes are not enforced.
package lambda
