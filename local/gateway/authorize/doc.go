// Package authorize decides who may call: Lambda authorizers with their cache, JWT authorizers,
// and AWS_IAM signatures.
//
// It is what the "authorize" step of each API package asks once a resource or route is known. It
// holds no API's definition and makes no reply: it says what it decided and why, and the API
// package answers in the words of its kind of API.
package authorize
