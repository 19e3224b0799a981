// Package constructs holds the building blocks of the stacks: a Go function behind an alias, the
// three kinds of API, a web ACL and log groups. Each has safe defaults and refuses, with an error,
// what must not be deployed: an open route without a reason, a stage without a limit. They decide
// nothing about the order service; the stacks say which routes, functions and limits there are.
package constructs
