// Package stacks says which resources of the order service live and die together: what is kept
// once per account, the data, what checks releases, the identities, the realtime API, the
// functions behind the other two APIs, and those APIs. Each file is one stack. A stack reads what
// earlier ones left in the Application; main lists them in the order in which they are deployed.
// How a function or an API is built stands in constructs, what differs between environments in
// settings.
package stacks
