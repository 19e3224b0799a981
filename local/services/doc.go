// Package services reaches the AWS services that functions and integrations call.
//
// Endpoints knows where each service is; Dynalite is the supervised companion in DynamoDB's place,
// with the template's tables created in it. It stands beside the way of a call: functions speak to
// the services themselves. It imitates no service, and never falls back to the real cloud.
package services
