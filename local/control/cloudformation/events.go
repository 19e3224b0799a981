package cloudformation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

const stackType = "AWS::CloudFormation::Stack"

// eventTime is how ids of events and answers write a time.
const eventTime = "2006-01-02T15:04:05.000Z"

// turn gives a stack a new status, and says so in its events.
func (s *stack) turn(at time.Time, status, reason, token string) {
	s.Status, s.Reason = status, reason
	s.tell(event{
		ID: exchange.NewRequestID(), LogicalID: s.Name, PhysicalID: s.ID, Type: stackType,
		Status: status, Reason: reason, At: at, Token: token,
	})
}

// about says what becomes of a resource.
func (s *stack) about(r Resource, at time.Time, status, reason, token string) {
	e := event{
		LogicalID: r.LogicalID, PhysicalID: r.PhysicalID, Type: r.Type,
		Status: status, Reason: reason, At: at, Token: token,
	}
	if status == "CREATE_IN_PROGRESS" && reason == "" {
		e.PhysicalID = "" // nobody knows it before the creation is begun
	}
	if !strings.HasPrefix(status, "DELETE") {
		e.Properties = propertiesText(r.Properties)
	}
	s.tell(e)
}

// tell adds an event. Clients put events into the order of their times, so no two have the same.
func (s *stack) tell(e event) {
	if len(s.Events) > 0 {
		if last := s.Events[len(s.Events)-1].At; !e.At.After(last) {
			e.At = last.Add(time.Millisecond)
		}
	}
	if e.ID == "" {
		e.ID = e.LogicalID + "-" + e.Status + "-" + written(e.At)
	}
	s.Events = append(s.Events, e)
	s.Events = s.Events[max(0, len(s.Events)-keptEvents):]
}

// put remembers what became of a resource.
func (s *stack) put(r Resource, status, reason string, at time.Time) {
	made := resource{Resource: r, Status: status, Reason: reason, At: at}
	place := slices.IndexFunc(s.Resources, func(before resource) bool {
		return before.LogicalID == r.LogicalID
	})
	if place < 0 {
		s.Resources = append(s.Resources, made)
		return
	}
	s.Resources[place] = made
}

// drop forgets a resource.
func (s *stack) drop(logicalID string) {
	s.Resources = slices.DeleteFunc(s.Resources, func(r resource) bool {
		return r.LogicalID == logicalID
	})
}

// plainResources returns the resources without what became of them.
func (s *stack) plainResources() []Resource {
	all := make([]Resource, 0, len(s.Resources))
	for _, r := range s.Resources {
		all = append(all, r.Resource)
	}
	return all
}

func propertiesText(properties map[string]string) string {
	raw := make(map[string]json.RawMessage, len(properties))
	for name, value := range properties {
		raw[name] = json.RawMessage(value)
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return "{}"
	}
	return string(text)
}
