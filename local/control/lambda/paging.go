package lambda

import "portico/local/control/model"

// mostPerPage is how many items a list of Lambda has at most, whatever MaxItems says.
const mostPerPage = 50

// item is one of a list, and what it is found by again when the next page is asked for.
type item struct {
	id    string
	shown any
}

// page returns the part of a list that Marker and MaxItems ask for.
func (c *call) page(member string, all []item) (model.Object, error) {
	marker, most := c.in.Text("Marker"), mostPerPage
	if c.in.Has("MaxItems") {
		most = min(most, c.in.Int("MaxItems"))
	}
	items, next, ok := model.Page(marker, all, most, func(i item) string { return i.id })
	if !ok {
		return nil, invalid("The marker %q is of no page of this list.", marker)
	}
	out := model.Object{member: model.Shown(items, func(i item) any { return i.shown })}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}
