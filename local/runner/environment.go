package runner

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portico/local/lambda"
)

// endpoints are the local addresses of the app's own APIs, by the host AWS would give them.
type endpoints map[string]string

// localize puts local addresses in the place of the APIs' own hosts, wherever they stand in a
// function's environment, so that a function calls the API beside it and not one on AWS.
func (e endpoints) localize(value string) string {
	for host, url := range e {
		if !strings.Contains(value, host) {
			continue
		}
		bare := strings.TrimPrefix(url, "http://")
		value = strings.NewReplacer(
			"https://"+host, url,
			"wss://"+host, "ws://"+bare,
			host, bare,
		).Replace(value)
	}
	return value
}

// functionEnvironment fills in what is particular to this machine: settings, then local addresses.
func functionEnvironment(f lambda.Function, s Settings, e endpoints) map[string]string {
	environment := maps.Clone(f.Environment)
	if environment == nil {
		environment = map[string]string{}
	}
	for _, name := range namesOf(f) {
		maps.Copy(environment, s.Functions[name].Environment)
	}
	for name, value := range environment {
		environment[name] = e.localize(value)
	}
	return environment
}

// namesOf returns what people call a function: its logical id, its name, its source folder's name.
func namesOf(f lambda.Function) []string {
	names := []string{f.LogicalID, f.Name}
	if f.Code.Source != "" {
		names = append(names, filepath.Base(f.Code.Source))
	}
	return names
}

// checkFunctions refuses settings for a function that the template does not have, and sources that
// are not there.
func checkFunctions(s Settings, functions []lambda.Function) error {
	known := map[string]bool{}
	var folders []string
	for _, f := range functions {
		names := namesOf(f)
		for _, name := range names {
			known[name] = true
		}
		folders = append(folders, names[len(names)-1])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		if !known[name] {
			return s.wrong("functions."+name, "the template has no such function; there are: %s",
				strings.Join(folders, ", "))
		}
		source := inDir(filepath.Dir(s.path), s.Functions[name].Source)
		if info, err := os.Stat(source); source != "" && (err != nil || !info.IsDir()) {
			return s.wrong("functions."+name+".source", "there is no folder %s", source)
		}
	}
	return nil
}
