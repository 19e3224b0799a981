package services

import "encoding/json"

// Table is a DynamoDB table as the template describes it.
type Table struct {
	Name, ARN, LogicalID string
	Input                json.RawMessage // the evaluated properties of the resource
}
