// Package vtl runs the Velocity Template Language as API Gateway runs it: Velocity 1.7.
//
// It stands below gateway/mapping, which brings in $input, $context, $util and $stageVariables. A
// template is compiled once, at deployment, and rendered by any number of calls at a time. Values
// are what Java's would be: an Integer overflows to a Long, a map prints as {a=b}, a list that came
// from JSON prints as JSON.
//
// The package knows nothing of gateways, JSON documents or HTTP. It departs from a bare Velocity
// where API Gateway does: a reference without value prints nothing instead of its own text, #set
// accepts null, and null equals "". #include, #parse and #evaluate are refused.
package vtl
