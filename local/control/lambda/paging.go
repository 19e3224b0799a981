package lambda

import (
	"encoding/base64"
	"slices"

	"portico/local/control/model"
)

// mostPerPage is how many items a list of Lambda has at most, whatever MaxItems says.
const mostPerPage = 50

// item is one of a list, and what it is found by again when the next page is asked for.
type item struct {
	id    string
	shown any
}

// page returns the part of a list that Marker and MaxItems ask for.
func (c *call) page(member string, all []item) (model.Object, error) {
	first := 0
	if marker := c.in.Text("Marker"); marker != "" {
		last, err := base64.RawURLEncoding.DecodeString(marker)
		first = slices.IndexFunc(all, func(i item) bool { return i.id == string(last) }) + 1
		if err != nil || first == 0 {
			return nil, invalid("The marker %q is of no page of this list.", marker)
		}
	}
	most := mostPerPage
	if c.in.Has("MaxItems") {
		most = min(most, c.in.Int("MaxItems"))
	}
	end := min(first+most, len(all))
	shown := make([]any, 0, end-first)
	for _, i := range all[first:end] {
		shown = append(shown, i.shown)
	}
	out := model.Object{member: shown}
	if end < len(all) && end > first {
		out["NextMarker"] = base64.RawURLEncoding.EncodeToString([]byte(all[end-1].id))
	}
	return out, nil
}
