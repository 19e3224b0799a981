// Package drift says how what is deployed differs from what the templates say: what is in them and
// not deployed, what was changed by hand, canaries that were left behind, and releases whose records
// and parameters disagree with what is served.
//
// It stands outside the way of a call, and changes nothing: it reads stacks, stages, routes, methods
// and aliases through AWS's management APIs, so that it works on AWS and against the runner. A
// template is compared twice: with the one that was deployed, which tells what a deployment would
// change; and the deployed one, as far as its values are known, with what is there, which tells what
// somebody changed beside it. Values that only CloudFormation knows (attributes, imports) are taken
// as they are found.
//
// It looks at stages, routes, methods and aliases: the parts of a gateway that serve calls and that
// people change by hand in a hurry. CloudFormation's own drift detection looks at the rest.
package drift
