// Package poller is what Lambda runs for event source mappings: it receives from SQS queues and
// invokes functions with batches.
//
// It stands beside the way of a call: what a call put into a queue, it brings to a function. It
// reads the queues over SQS's own API, so any endpoint will do, and it neither stores messages nor
// knows how functions run.
//
// Unlike AWS: a source that cannot be reached is tried again and reported once, and the execution
// role's permissions on the queue are not evaluated.
package poller
