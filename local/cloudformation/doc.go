// Package cloudformation reads what a deployment would send to AWS CloudFormation, and evaluates
// it.
//
// It is the first step of a start: Load takes the folder that `cdk synth` writes, or one
// template, and returns every resource with its functions evaluated and with physical ids and
// ARNs that stay the same from start to start. Provision reads the resources from here; nothing
// in the way of a call comes back. The package creates nothing, gives no property a meaning, and
// never asks AWS: what a template takes from outside (parameters, Systems Manager) is handed in
// with Options.
package cloudformation
