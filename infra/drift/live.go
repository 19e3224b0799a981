package drift

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// compareLive says what somebody changed beside the template that was deployed.
func (c *comparison) compareLive(ctx context.Context) error {
	return errors.Join(
		c.compareRESTStages(ctx), c.compareMethods(ctx), c.compareV2Stages(ctx), c.compareRoutes(ctx),
		c.compareAliases(ctx), c.compareRelease(ctx),
	)
}

// watched is a property that is compared: its name in the template, and as the API tells it.
type watched struct{ template, live string }

func alike(names ...string) []watched {
	all := make([]watched, 0, len(names))
	for _, name := range names {
		all = append(all, watched{name, name})
	}
	return all
}

// told returns what an operation answered, by the names of its fields: they are CloudFormation's.
func told(out any) map[string]any {
	encoded, err := json.Marshal(out)
	if err != nil { // the SDK's own types can be encoded
		return nil
	}
	var made map[string]any
	if json.Unmarshal(encoded, &made) != nil {
		return nil
	}
	return made
}

// compare notes the properties of a resource that differ.
func (c *comparison) compare(logicalID, where string, wanted, live map[string]any, of []watched) {
	for _, property := range of {
		want := orAbsent(wanted, property.template)
		for _, d := range unlike(property.template, want, live[property.live]) {
			if slices.Contains(c.Unkept, d.place[strings.LastIndex(d.place, ".")+1:]) {
				continue
			}
			c.find(ChangedByHand, logicalID, "%s%s is %s, and %s in the template", where, d.place, d.live,
				d.wanted)
		}
	}
}

func orAbsent(of map[string]any, name string) any {
	if value, has := of[name]; has {
		return value
	}
	return absent{}
}

// difference is a value that is not what the template says.
type difference struct{ place, wanted, live string }

// unlike returns the places in which a live value is not the template's. What the template leaves
// open, and only CloudFormation knows, is like anything.
func unlike(place string, wanted, live any) []difference {
	if wanted == (unknown{}) {
		return nil
	}
	switch w := wanted.(type) {
	case map[string]any:
		return unlikeObject(place, w, object(live))
	case []any:
		x, y := texts(w), texts(list(live))
		if slices.Contains(w, any(unknown{})) || slices.Equal(x, y) {
			return nil
		}
		return []difference{{place, orNone(x), orNone(y)}}
	case absent:
		if l, ok := live.(map[string]any); ok {
			return unlikeObject(place, nil, l)
		}
		if isDefault(place, live) {
			return nil
		}
		return []difference{{place, "not set", shown(live)}}
	}
	if sameScalar(wanted, live) || live == nil && isDefault(place, wanted) {
		return nil
	}
	return []difference{{place, shown(wanted), shown(live)}}
}

func unlikeObject(place string, wanted, live map[string]any) []difference {
	names := map[string]bool{}
	for _, of := range []map[string]any{wanted, live} {
		for name := range of {
			names[name] = true
		}
	}
	var all []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, unlike(place+"."+name, orAbsent(wanted, name), live[name])...)
	}
	return all
}

// isDefault says whether a value is what API Gateway makes of a property that is not set.
func isDefault(place string, value any) bool {
	name := place[strings.LastIndex(place, ".")+1:]
	switch name {
	case "LoggingLevel":
		return value == nil || value == "OFF" || value == ""
	case "CacheTtlInSeconds":
		return sameScalar(value, 300) || sameScalar(value, 0) || value == nil
	case "RequireAuthorizationForCacheControl", "UnauthorizedCacheControlHeaderStrategy":
		return true
	case "TimeoutInMillis":
		return sameScalar(value, 29_000) || sameScalar(value, 0) || value == nil
	case "AuthorizationType":
		return value == nil || value == "NONE" || value == ""
	case "DestinationArn": // written with and without :* at its end, and mostly an attribute
		return true
	}
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case string:
		return value == "" || value == "false" || value == "0"
	case float64:
		return value == 0 || value == -1 // no limit of its own
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// sameScalar compares values as texts, and numbers as numbers: a template may quote either.
func sameScalar(a, b any) bool {
	x, y := text(a), text(b)
	if x == y {
		return true
	}
	n, err := strconv.ParseFloat(x, 64)
	m, wrong := strconv.ParseFloat(y, 64)
	return err == nil && wrong == nil && n == m
}

func texts(of []any) []string {
	made := make([]string, 0, len(of))
	for _, value := range of {
		made = append(made, text(value))
	}
	slices.Sort(made)
	return made
}

func orNone(of []string) string {
	if len(of) == 0 {
		return "empty"
	}
	return strings.Join(of, ", ")
}

func shown(value any) string {
	if value == nil || value == "" {
		return "not set"
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(encoded) > 120 {
		return string(encoded[:120]) + "…"
	}
	return strings.Trim(string(encoded), `"`)
}
