package firewall

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// log is a compiled logging configuration.
type log struct {
	destination string
	masks       masks
	filters     []logFilter
	drop        bool
}

// logFilter decides on records that meet its conditions.
type logFilter struct {
	drop, all bool
	actions   []string
	labels    []string
}

// logPrefix begins the name of every place that takes a web ACL's log.
const logPrefix = "aws-waf-logs-"

// LogDestination says whether a web ACL may write to a destination here, and why not.
func LogDestination(arn string) error {
	_, group, found := strings.Cut(arn, ":log-group:")
	if !found {
		return fmt.Errorf("logs to %s are not written: only log groups are kept here", arn)
	}
	if !strings.HasPrefix(group, logPrefix) {
		return fmt.Errorf("log group %s: AWS takes names that begin with %s",
			strings.TrimSuffix(group, ":*"), logPrefix)
	}
	return nil
}

var logActions = []string{"ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE", "EXCLUDED_AS_COUNT"}

func compileLog(def *api.FirewallLog, masks masks) (*log, error) {
	if def == nil {
		return nil, nil
	}
	if err := LogDestination(def.DestinationARN); err != nil {
		return nil, err
	}
	made := &log{destination: def.DestinationARN, masks: masks, drop: def.Drop}
	for _, filter := range def.Filters {
		if len(filter.Actions)+len(filter.Labels) == 0 {
			return nil, fmt.Errorf("a filter of the log has no condition")
		}
		for _, action := range filter.Actions {
			if !slices.Contains(logActions, action) {
				return nil, fmt.Errorf("action %q of a filter of the log, allowed are %s", action,
					strings.Join(logActions, ", "))
			}
		}
		made.filters = append(made.filters, logFilter{
			drop: filter.Drop, all: filter.All, actions: filter.Actions, labels: filter.Labels,
		})
	}
	return made, nil
}

// keeps says whether a verdict is logged: the first filter that is about it decides, else the
// default.
func (l *log) keeps(v *Verdict) bool {
	for i := range l.filters {
		if l.filters[i].meets(v) {
			return !l.filters[i].drop
		}
	}
	return !l.drop
}

func (f *logFilter) meets(v *Verdict) bool {
	met := 0
	for _, action := range f.actions {
		if acted(v, action) {
			met++
		}
	}
	for _, label := range f.labels {
		if slices.Contains(v.Labels, label) {
			met++
		}
	}
	if f.all {
		return met == len(f.actions)+len(f.labels)
	}
	return met > 0
}

// acted says whether any rule had that action on the request.
func acted(v *Verdict, action string) bool {
	if string(v.Action) == action {
		return true
	}
	return slices.ContainsFunc(v.Counted, func(m Match) bool {
		if m.Excluded {
			return action == "EXCLUDED_AS_COUNT"
		}
		return string(m.Action) == action || m.Ended && action == string(Count)
	})
}
