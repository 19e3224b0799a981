package lambda

import (
	"slices"
	"strconv"

	"portico/local/control/model"
)

// latest is the version that is not published.
const latest = "$LATEST"

// world is what was created in one region.
type world struct {
	Functions map[string]*function // by name
	Layers    map[string]*layer    // by name
	Mappings  map[string]*mapping  // by UUID
}

func newWorld() *world {
	return &world{
		Functions: map[string]*function{}, Layers: map[string]*layer{}, Mappings: map[string]*mapping{},
	}
}

// function is a function with all that belongs to it. One of the template has the same shape, and
// is never kept.
type function struct {
	Name     string
	Latest   *version
	Versions []*version // in the order of their numbers
	Last     int        // the highest number that was given
	Aliases  map[string]*alias
	Tags     map[string]string
	Reserved *int
	// What hangs on one qualifier: "" is the function itself, but for Async, which names $LATEST.
	Policies    map[string]*policy
	URLs        map[string]*functionURL
	Async       map[string]*asyncConfig
	Provisioned map[string]*provisioned
	// Settings that have no effect here, and are shown as they were given.
	RecursiveLoop, UpdateRuntimeOn string

	templates bool // it is the template's
}

func newFunction(name string) *function {
	return &function{
		Name: name, Aliases: map[string]*alias{}, Tags: map[string]string{},
		Policies: map[string]*policy{}, URLs: map[string]*functionURL{},
		Async: map[string]*asyncConfig{}, Provisioned: map[string]*provisioned{},
	}
}

// version is a function's configuration and code at a time.
type version struct {
	Number     string
	Settings   model.Object // as they were given, with defaults
	Code       code
	Layers     []layerUse
	RevisionID string
	Modified   string
	Published  string // of what it was published: the digest of $LATEST
}

// layerUse is a layer of a function: what it was when the function took it.
type layerUse struct {
	ARN  string
	Code code
}

// alias is a name for a version.
type alias struct {
	Version, Description, RevisionID string
	Weights                          map[string]float64
}

// find returns what a qualifier leads to: a version, and the alias that leads there, if one does.
func (f *function) find(qualifier string) (*version, *alias) {
	if qualifier == "" || qualifier == latest {
		return f.Latest, nil
	}
	if named := f.Aliases[qualifier]; named != nil {
		leads, _ := f.find(named.Version)
		return leads, named
	}
	at := slices.IndexFunc(f.Versions, func(v *version) bool { return v.Number == qualifier })
	if at < 0 {
		return nil, nil
	}
	return f.Versions[at], nil
}

func isNumber(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && strconv.Itoa(n) == text
}
