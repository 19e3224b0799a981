// Package remote invokes functions that run elsewhere, through Lambda's Invoke API at an endpoint.
//
// It stands where the service stands for functions of the template: what calls a function asks it,
// and gets the same outputs and refusals. It signs what it sends, retries nothing, holds no
// resource policy against a caller, and does not know which function is where.
package remote
