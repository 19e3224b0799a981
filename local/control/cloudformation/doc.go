// Package cloudformation is what the management API of stacks (cloudformation, 2010-05-15) does, as
// far as the aws CLI, SDKs and the CDK need it to deploy an application.
//
// The door of local/control hands it the inputs of operations. Here stand the rules of stacks: what
// may be created, updated and deleted when, what a change set says, which capabilities a template
// asks for, which exports are in use, and the events in AWS's order. What a template means, and
// serving it, is the Host's: all stacks that are deployed are handed to it together, because one may
// import from another, and they are served whole or not at all. A stack that is not honoured or
// cannot be served is rolled back, with the Host's sentences as the reasons of its events.
//
// An operation goes on after its call has been answered, as on AWS: clients ask for its status. One
// that is done within patience is done when the call is answered. Operations take effect one after
// the other. What is deployed is kept in the state folder; an operation that the end of the runner
// interrupts counts as failed.
//
// Unlike AWS: the ids of a stack and of its resources follow from their names, so that one that is
// made again, or that a change replaces, has the id of the one before. Nothing of a deleted stack is
// retained. Stack sets, nested stacks, imports of resources and drift detection are refused. The
// stacks of the template that the runner was started with are shown, and cannot be changed.
package cloudformation
