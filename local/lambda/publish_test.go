package lambda

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// released is handlerFunction as a template at a time: its environment says which release it is, and
// version is what its resource of that name publishes.
func released(t *testing.T, published, release string, version Version) Configuration {
	c := handlerFunction(t, func(f *Function) {
		f.Environment = map[string]string{"RELEASE": release}
	})
	version.FunctionARN = account + "orders"
	if version.Number == "" {
		version.Number = ReadNumbers(published).Of(version.FunctionARN, version.Origin)
	}
	c.Versions = []Version{version}
	c.Aliases = []Alias{{FunctionARN: version.FunctionARN, Name: "live", Version: version.Number}}
	return c
}

// serves returns the version that answers by a name, and its release.
func serves(t *testing.T, s *Service, name string) string {
	t.Helper()
	out, err := s.Invoke(t.Context(), Input{
		FunctionARN: name, Payload: []byte(`{"do":"environment"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	release, version := "none", ""
	for _, variable := range decode[[]string](t, out) {
		if value, ok := strings.CutPrefix(variable, "RELEASE="); ok {
			release = value
		}
		if value, ok := strings.CutPrefix(variable, "AWS_LAMBDA_FUNCTION_VERSION="); ok {
			version = value
		}
		stream, ok := strings.CutPrefix(variable, "AWS_LAMBDA_LOG_STREAM_NAME=")
		if ok && !strings.Contains(stream, "["+out.ExecutedVersion+"]") {
			t.Errorf("version %s logs to %s", out.ExecutedVersion, stream)
		}
	}
	if version != out.ExecutedVersion {
		t.Errorf("executed version %s, and the function sees %s", out.ExecutedVersion, version)
	}
	return version + " of release " + release
}

func wantServed(t *testing.T, s *Service, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name := range want {
		got[name] = serves(t, s, name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAVersionGoesOnAsItWasPublished(t *testing.T) {
	options := Options{Published: t.TempDir(), Environment: map[string]string{}}
	first := released(t, options.Published, "a", Version{Origin: "shop/Version1"})
	s := open(t, options, first)
	deploy := func(c Configuration) {
		t.Helper()
		if err := s.Deploy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	wantServed(t, s, map[string]string{"orders:live": "1 of release a", "orders": "$LATEST of release a"})

	// The resource has not changed: nothing is published.
	deploy(released(t, options.Published, "b", Version{Origin: "shop/Version1"}))
	wantServed(t, s, map[string]string{"orders:live": "1 of release a", "orders": "$LATEST of release b"})

	// A new logical id: another version, and the old one stays.
	deploy(released(t, options.Published, "c", Version{Origin: "shop/Version2"}))
	wantServed(t, s, map[string]string{
		"orders:live": "2 of release c", "orders:1": "1 of release a", "orders": "$LATEST of release c",
	})

	// Another start, whose template gives a share to what it no longer declares.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	second := released(t, options.Published, "d", Version{Origin: "shop/Version2"})
	second.Aliases[0].Weights = map[string]float64{"1": 0.3}
	rolls := []float64{0.29, 0.3}
	options.Roll = func() float64 { return rolls[0] }
	s = open(t, options, second)
	wantServed(t, s, map[string]string{"orders:live": "1 of release a"})
	rolls[0] = 0.3
	wantServed(t, s, map[string]string{"orders:live": "2 of release c", "orders": "$LATEST of release d"})
	versions, err := s.Versions("orders")
	if err != nil || len(versions) != 3 || versions[0].Number != latest ||
		versions[1].Number != "1" || versions[2].Number != "2" || versions[2].RevisionID == "" {
		t.Errorf("versions %+v, %v", versions, err)
	}
}

func TestAVersionThatFollowsTheCode(t *testing.T) {
	options := Options{Published: t.TempDir()}
	version := Version{Origin: "shop/CurrentVersion", FollowsCode: true}
	s := open(t, options, released(t, options.Published, "a", version))
	if err := s.Deploy(t.Context(), released(t, options.Published, "b", version)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"orders:live": "2 of release b", "orders:1": "1 of release a"}
	wantServed(t, s, want)
	again := released(t, options.Published, "b", version)
	if again.Versions[0].Number != "2" {
		t.Errorf("the template's version has number %s, want 2", again.Versions[0].Number)
	}
	if err := s.Deploy(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	wantServed(t, s, want)
}

func TestAnEditPublishesWhatFollowsTheCode(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(text string) string { return strings.Replace(edited, "ANSWER", text, 1) }
	write("go.mod", "module edited\n\ngo 1.26\n")
	write("main.go", answer("`1`"))
	c := handlerFunction(t, func(f *Function) { f.Code = Code{Source: dir} })
	c.Versions[0].FollowsCode = true
	c.Versions = append(c.Versions, Version{FunctionARN: "orders", Number: "2", Origin: "fixed"})
	c.Aliases = append(c.Aliases, Alias{FunctionARN: "orders", Name: "fixed", Version: "2"})
	s := open(t, Options{StateDir: t.TempDir(), Published: t.TempDir()}, c)
	answers := func(want map[string]string) {
		t.Helper()
		for name, text := range want {
			out, err := s.Invoke(t.Context(), Input{FunctionARN: name})
			if err != nil || string(out.Payload) != text {
				t.Errorf("%s answers %s, %v, want %s", name, out.Payload, err, text)
			}
		}
	}
	answers(map[string]string{"orders:live": "1", "orders:fixed": "1"})
	for _, text := range []string{"2", "3", "4"} { // the builder keeps two programs
		write("main.go", answer("`"+text+"`"))
		if err := s.Rebuild(t.Context(), "orders"); err != nil {
			t.Fatal(err)
		}
		answers(map[string]string{"orders": text, "orders:live": text, "orders:fixed": "1", "orders:1": "1"})
	}
	write("main.go", answer("undefinedName"))
	var broken Failures
	if err := s.Rebuild(t.Context(), "orders"); !errors.As(err, &broken) {
		t.Errorf("got %v, want the compiler's words", err)
	}
	answers(map[string]string{"orders:live": "4"})
	versions, err := s.Versions("orders")
	if err != nil || versions[len(versions)-1].Number != "5" {
		t.Errorf("versions %+v, %v, want 5 as the last", versions, err)
	}
}

func TestAnAssetIsCopiedWhenItIsPublished(t *testing.T) {
	built := open(t, Options{}, handlerFunction(t, nil)).current.Load().functions["orders"].dir
	asset := t.TempDir()
	if err := os.CopyFS(asset, os.DirFS(built)); err != nil {
		t.Fatal(err)
	}
	c := handlerFunction(t, func(f *Function) { f.Code = Code{Dir: asset} })
	s := open(t, Options{Published: t.TempDir()}, c)
	if err := os.Remove(filepath.Join(asset, "bootstrap")); err != nil {
		t.Fatal(err)
	}
	wantServed(t, s, map[string]string{"orders:live": "1 of release none"})
}

func TestPublishVersion(t *testing.T) {
	options := Options{Published: t.TempDir()}
	s := open(t, options, released(t, options.Published, "a", Version{Origin: "V"}))
	same, err := s.PublishVersion("orders", "")
	if err != nil || same.Number != "1" {
		t.Errorf("nothing has changed: got %+v, %v, want version 1", same, err)
	}
	if err := s.Deploy(t.Context(), released(t, options.Published, "b", Version{Origin: "V"})); err != nil {
		t.Fatal(err)
	}
	next, err := s.PublishVersion("orders", "the next one")
	if err != nil || next.Number != "2" || next.Description != "the next one" {
		t.Errorf("got %+v, %v, want version 2", next, err)
	}
	wantServed(t, s, map[string]string{"orders:2": "2 of release b", "orders:live": "1 of release a"})
	if _, err := s.PublishVersion("other", ""); refusedWith(err) != "ResourceNotFoundException" {
		t.Errorf("another function: %v", err)
	}
}

func TestOldVersionsAreForgottenUnlessNamed(t *testing.T) {
	options := Options{Published: t.TempDir()}
	s := open(t, options, released(t, options.Published, "0", Version{Origin: "V"}))
	for n := range keptVersions + 3 {
		c := released(t, options.Published, strings.Repeat("x", n+1), Version{Origin: "V"})
		if err := s.Deploy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PublishVersion("orders", ""); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := s.Versions("orders")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, v := range versions {
		numbers = append(numbers, v.Number)
	}
	if len(numbers) != keptVersions+2 || numbers[1] != "1" || slices.Contains(numbers, "2") {
		t.Errorf("kept are %v, want $LATEST, version 1 of the template and the last %d", numbers,
			keptVersions)
	}
}

func refusedWith(err error) string {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}
