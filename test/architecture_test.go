package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the name all of our import paths begin with.
const module = "portico/"

// wall says what the packages of an area may import of ours. The most specific area counts.
type wall struct {
	area string   // import path below the module; "functions/*" is each folder for itself
	may  []string // areas; an area always may import itself
	why  string
}

var walls = []wall{
	{"shared/*", nil, "leaves stay leaves: nothing of ours, not each other"},
	{"events", nil, "events are data"},
	{"functions/*", []string{"shared"}, "a function must run on AWS alone"},
	{
		"functions/release-check",
		[]string{"shared", "events"},
		"brings the events along that it replays against a new version",
	},
	{"infra", []string{"shared/names"}, "names a function by its folder, never by import"},
	{"infra/release", nil, "also used by the command: nothing of ours, no CDK"},
	{"infra/drift", []string{"infra/release"}, "also used by the command: AWS's APIs and records alone"},
	{
		"local",
		[]string{"local/runner", "infra/release", "infra/drift", "local/cost"},
		"main only reads flags",
	},
	{"local/runner", []string{"local"}, "the one place that wires"},
	{"local/cloudformation", nil, "serves anyone"},
	{"local/lambda", nil, "serves anyone"},
	{"local/identity", nil, "serves anyone"},
	{"local/certificates", nil, "serves anyone"},
	{"local/services", nil, "serves anyone"},
	{"local/metrics", nil, "serves anyone"},
	{"local/journal", nil, "serves anyone"},
	{
		"local/smoke",
		[]string{"local/replay", "shared/fixture", "infra/release"},
		"a client: fills and matches as replays do",
	},
	{"local/cost", []string{"local/cloudformation"}, "prices templates, asks nobody"},
	{"local/gateway", nil, "reaches functions through its own Invoker"},
	{
		"local/openapi",
		[]string{"local/gateway/api", "local/gateway/javaregex"},
		"translates, and refuses expressions that Java does not read",
	},
	{
		"local/provision",
		[]string{
			"local/cloudformation", "local/openapi", "local/gateway/api", "local/lambda",
			"local/identity", "local/services", "local/gateway/javaregex",
		},
		"describes, runs nothing; refuses expressions that Java does not read",
	},
	{
		"local/control",
		[]string{
			"local/gateway", "local/lambda", "local/openapi", "local/provision",
			"local/cloudformation", "local/metrics", "local/journal",
		},
		"a door: describes what the runner serves",
	},
	{"local/console", []string{"local/gateway", "local/lambda", "local/openapi"}, "a door"},
	{
		"local/replay",
		[]string{"local/gateway", "local/lambda", "shared/fixture"},
		"a door; reads and compares events as release-check does on AWS",
	},
	{
		"test",
		[]string{"local/runner", "infra/release"},
		"tests of the whole use the front door; releases have one on both sides",
	},
}

// floors order the packages of the gateway: imports go down, never sideways.
var floors = [][]string{
	{"api", "clock", "pipeline", "route", "vtl", "jsonpath", "policy", "javaregex"},
	{"exchange"},
	{"payload", "mapping", "accesslog", "executionlog", "mutualtls"},
	{"authorize", "throttle", "usage", "validate", "cache", "firewall", "integration"},
	{"restapi", "httpapi", "websocketapi"},
	{"executeapi"},
}

// sideways are the imports within a floor, each for its reason. The key is "from to".
var sideways = map[string]string{
	"vtl javaregex": "Velocity's strings match, replace and split by Java's expressions",
}

const (
	maxFileLines     = 500
	maxFunctionLines = 60
)

// excused may be longer, each for its reason. The key is "folder/file.go" or "folder/file.go:Func".
var excused = map[string]string{}

// pkg is what the rules read of a package.
type pkg struct {
	ImportPath, Dir, Name              string
	Imports, TestImports, XTestImports []string
	GoFiles, TestGoFiles, XTestGoFiles []string
}

func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module) }

func TestImportsRespectTheWalls(t *testing.T) {
	report(t, checkWalls(packages(t)))
}

func TestGatewayImportsGoDown(t *testing.T) {
	report(t, checkFloors(packages(t)))
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for _, p := range packages(t) {
		report(t, checkComments(p.path(), parse(t, p, p.GoFiles)))
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, p := range packages(t) {
		names := slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles)
		report(t, checkSizes(p.path(), parse(t, p, names)))
	}
}

func TestEveryRuleIsSeenToFail(t *testing.T) {
	source := func(name, text string) map[string]*source {
		return map[string]*source{name: parseText(t, name, text)}
	}
	long := strings.Repeat("\n", maxFunctionLines)
	tests := []struct {
		name string
		got  []string
		want string
	}{
		{
			"a function that imports another function",
			checkWalls([]pkg{{ImportPath: "portico/functions/a", Imports: []string{"portico/functions/b"}}}),
			"portico/functions/a imports portico/functions/b",
		},
		{
			"a runner that imports a handler",
			checkWalls([]pkg{{ImportPath: "portico/local/runner", Imports: []string{"portico/functions/a"}}}),
			"portico/local/runner imports portico/functions/a",
		},
		{
			"a test that imports over a wall",
			checkWalls([]pkg{{ImportPath: "portico/shared/a", TestImports: []string{"portico/shared/b"}}}),
			"portico/shared/a imports portico/shared/b",
		},
		{
			"the CDK outside infra",
			checkWalls([]pkg{{
				ImportPath: "portico/infra/release",
				Imports:    []string{"github.com/aws/aws-cdk-go/awscdk/v2"},
			}}),
			"portico/infra/release imports github.com/aws/aws-cdk-go/awscdk/v2",
		},
		{
			"an area nobody described",
			checkWalls([]pkg{{ImportPath: "portico/local/drawer"}}),
			"portico/local/drawer belongs to no area",
		},
		{
			"an import that goes up",
			checkFloors([]pkg{{
				ImportPath: "portico/local/gateway/exchange",
				Imports:    []string{"portico/local/gateway/restapi"},
			}}),
			"exchange (floor 1) imports restapi (floor 4)",
		},
		{
			"an import that goes sideways",
			checkFloors([]pkg{{
				ImportPath: "portico/local/gateway/restapi",
				Imports:    []string{"portico/local/gateway/httpapi"},
			}}),
			"restapi (floor 4) imports httpapi (floor 4)",
		},
		{
			"a package of the gateway without a floor",
			checkFloors([]pkg{{ImportPath: "portico/local/gateway/attic"}}),
			"attic stands on no floor",
		},
		{"a package without a comment", checkComments("x", source("x.go", "package x\n")), "x has 0 package comments"},
		{
			"a function over the limit",
			checkSizes("x", source("x.go", "package x\n\nfunc f() {\n"+long+"}\n")),
			"x/x.go:f has",
		},
		{
			"a file over the limit",
			checkSizes("x", source("x.go", "package x\n"+strings.Repeat("\n", maxFileLines))),
			"x/x.go has",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if len(test.got) == 0 || !strings.Contains(test.got[0], test.want) {
				t.Errorf("got %q, want a violation with %q", test.got, test.want)
			}
		})
	}
}

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, violation := range violations {
		t.Error(violation)
	}
}

func checkWalls(all []pkg) []string {
	var violations []string
	for _, p := range all {
		w, ok := wallOf(p.path())
		if !ok {
			violations = append(violations, p.ImportPath+" belongs to no area of the walls: "+
				"add it to the table with a reason, or move it")
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if !allowed(w, p.path(), imported) {
				violations = append(violations,
					fmt.Sprintf("%s imports %s; %s: %s", p.ImportPath, imported, w.area, w.why))
			}
		}
	}
	return violations
}

// wallOf returns the wall of the most specific area that holds path.
func wallOf(path string) (wall, bool) {
	best, found := wall{}, false
	for _, w := range walls {
		area := strings.TrimSuffix(w.area, "/*")
		if area == "local" && path != "local" {
			continue // the area of the command is its main package alone
		}
		if inside(path, area) && (!found || len(w.area) > len(best.area)) {
			best, found = w, true
		}
	}
	return best, found
}

func allowed(w wall, from, imported string) bool {
	const cdk = "github.com/aws/aws-cdk-go/"
	if strings.HasPrefix(imported, cdk) {
		return w.area == "infra"
	}
	target, ours := strings.CutPrefix(imported, module)
	if !ours {
		return true
	}
	if area, each := strings.CutSuffix(w.area, "/*"); each {
		name, _, _ := strings.Cut(strings.TrimPrefix(from, area+"/"), "/")
		if inside(target, area+"/"+name) {
			return true
		}
	} else if inside(target, w.area) && w.area != "local" {
		if other, _ := wallOf(target); other.area == w.area {
			return true
		}
	}
	return slices.ContainsFunc(w.may, func(area string) bool { return inside(target, area) })
}

func inside(path, area string) bool {
	return path == area || strings.HasPrefix(path, area+"/")
}

func checkFloors(all []pkg) []string {
	const gateway = module + "local/gateway/"
	floorOf := func(path string) (string, int) {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, gateway), "/")
		return name, slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, name) })
	}
	var violations []string
	for _, p := range all {
		if !strings.HasPrefix(p.ImportPath, gateway) {
			continue
		}
		name, floor := floorOf(p.ImportPath)
		if floor < 0 {
			violations = append(violations, name+" stands on no floor of the gateway")
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			below, lower := floorOf(imported)
			beside := lower == floor && sideways[name+" "+below] != ""
			if strings.HasPrefix(imported, gateway) && below != name && lower >= floor && !beside {
				violations = append(violations, fmt.Sprintf("%s (floor %d) imports %s (floor %d); "+
					"imports go down, never sideways, so that a part can be read, tested and replaced alone",
					name, floor, below, lower))
			}
		}
	}
	return violations
}

func checkComments(path string, files map[string]*source) []string {
	comments := 0
	for _, file := range files {
		if file.ast.Doc != nil {
			comments++
		}
	}
	if comments != 1 {
		return []string{fmt.Sprintf("%s has %d package comments, want one that says what it is, where "+
			"it stands in the way of a call, and what it does not do", path, comments)}
	}
	return nil
}

func checkSizes(path string, files map[string]*source) []string {
	var violations []string
	add := func(key string, lines, most int) {
		if lines > most && excused[key] == "" && !strings.HasSuffix(key, "_gen.go") {
			violations = append(violations, fmt.Sprintf("%s has %d lines, want at most %d: split it "+
				"along what it does", key, lines, most))
		}
	}
	for name, file := range files {
		key := path + "/" + name
		add(key, file.lines, maxFileLines)
		for _, declaration := range file.ast.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(name, "_test.go") {
				continue // a table of test rows may be long
			}
			first, last := file.set.Position(f.Pos()).Line, file.set.Position(f.End()).Line
			add(key+":"+f.Name.Name, last-first+1, maxFunctionLines)
		}
	}
	return violations
}

// source is one parsed file.
type source struct {
	ast   *ast.File
	set   *token.FileSet
	lines int
}

func parse(t *testing.T, p pkg, names []string) map[string]*source {
	t.Helper()
	files := map[string]*source{}
	for _, name := range names {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &source{ast: file, set: set, lines: set.File(file.Pos()).LineCount()}
	}
	return files
}

func parseText(t *testing.T, name, text string) *source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return &source{ast: file, set: set, lines: set.File(file.Pos()).LineCount()}
}

func packages(t *testing.T) []pkg {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Dir,Name,Imports,TestImports,XTestImports,"+
		"GoFiles,TestGoFiles,XTestGoFiles", "portico/...")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list found no package: the rules would pass without looking")
	}
	return all
}
