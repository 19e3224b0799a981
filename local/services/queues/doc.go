// Package queues is the companion in Amazon SQS's place: the queues of the template, in this
// process.
//
// Integrations, functions and event source mappings reach it over HTTP as they reach SQS, in the
// JSON and in the Query protocol; it stands beside the way of a call. It serves what producers and
// consumers of messages need and the queues of the template; it creates none, checks no signature
// and evaluates no queue policy.
//
// Unlike AWS: messages live in memory and end with the runner, a standard queue delivers in order
// and exactly once per visibility timeout, and an operation that is not served is refused by name.
package queues
