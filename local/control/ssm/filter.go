package ssm

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

// filters are what a list is narrowed by: all of them.
type filters []filter

type filter struct {
	key, option string
	values      []string
}

// readFilters reads ParameterFilters; allowed are the keys that the operation knows.
func readFilters(given []model.Object, allowed ...string) (filters, error) {
	var all filters
	for _, one := range given {
		f := filter{one.Text("Key"), one.Text("Option"), one.Texts("Values")}
		known := slices.ContainsFunc(allowed, func(key string) bool {
			return f.key == key || key == "tag:" && strings.HasPrefix(f.key, key)
		})
		if !known {
			return nil, refuse("InvalidFilterKey", "The filter key %s is not served here; there are: %s",
				f.key, strings.Join(allowed, ", "))
		}
		options := []string{"", "Equals", "BeginsWith"}
		switch f.key {
		case "Name":
			options = append(options, "Contains")
		case "Path":
			options = []string{"", "OneLevel", "Recursive"}
		}
		if !slices.Contains(options, f.option) {
			return nil, refuse("InvalidFilterOption", "The following filter option is not valid: %s. "+
				"Valid options include: [%s].", f.option, strings.Join(options[1:], ", "))
		}
		all = append(all, f)
	}
	return all, nil
}

func (f filters) fit(p *parameter) bool {
	for _, one := range f {
		if !one.fits(p) {
			return false
		}
	}
	return true
}

func (f filter) fits(p *parameter) bool {
	if key, isTag := strings.CutPrefix(f.key, "tag:"); isTag {
		value, has := p.Tags[key]
		return has && (len(f.values) == 0 || slices.Contains(f.values, value))
	}
	if f.key == "Path" {
		return slices.ContainsFunc(f.values, func(path string) bool {
			rest, below := strings.CutPrefix(p.Name, strings.TrimSuffix(path, "/")+"/")
			return below && (f.option == "Recursive" || !strings.Contains(rest, "/"))
		})
	}
	v := p.latest()
	text := map[string]string{
		"Name": p.Name, "Type": v.Type, "KeyId": v.Key, "Tier": v.Tier, "DataType": v.DataType,
	}[f.key]
	return slices.ContainsFunc(f.values, func(value string) bool {
		switch f.option {
		case "BeginsWith":
			return strings.HasPrefix(text, value)
		case "Contains":
			return strings.Contains(text, value)
		}
		return text == value || f.key == "Name" && strings.TrimPrefix(text, "/") == value
	})
}
