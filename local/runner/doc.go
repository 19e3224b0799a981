// Package runner wires, starts, reloads and stops everything that serves an app on this machine.
//
// It is the one place where the parts meet: it reads portico.yaml, has the CDK app synthesized,
// reads the assembly, holds it against the coverage rule, describes the APIs and functions, starts
// companions and functions, compiles the APIs and listens. It stands outside the way of a call, but
// for the small adapters in wire.go that let the gateway reach functions, keys and secrets without
// importing them. It is the only front door: the command and Go tests both come through it.
//
// It decides nothing about a call, and it never imports a handler: functions run as processes that
// speak the Lambda Runtime API, exactly as on AWS.
package runner
