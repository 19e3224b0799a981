package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const begin = 1_700_000_000_000

func open(t *testing.T, dir string) *Journal {
	t.Helper()
	j := Open(dir, func() time.Time { return time.UnixMilli(begin + 5000) })
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// write adds one event for each text, a second after the one before it.
func write(t *testing.T, j *Journal, stream string, from int64, texts ...string) {
	t.Helper()
	for i, text := range texts {
		if err := j.Write("/aws/lambda/orders", stream, false, Event{
			At: begin + (from+int64(i))*1000, Text: text,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func texts(page Page) []string {
	all := []string{}
	for _, e := range page.Events {
		all = append(all, e.Stream+": "+e.Text)
	}
	return all
}

func read(t *testing.T, j *Journal, s Selection) Page {
	t.Helper()
	if s.Limit == 0 {
		s.Limit = 100
	}
	if s.Bytes == 0 {
		s.Bytes = 1 << 20
	}
	page, err := j.Read("/aws/lambda/orders", s)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestSelections(t *testing.T) {
	j := open(t, t.TempDir())
	write(t, j, "a", 0, "one", "two\nlines", "three")
	write(t, j, "b", 1, "late", "")
	b := func(name string) bool { return name == "b" }
	for _, row := range []struct {
		does string
		s    Selection
		want []string
		more bool
	}{
		{"all, in the order of time", Selection{}, []string{
			"a: one", "a: two\nlines", "b: late", "a: three", "b: ",
		}, false},
		{"of one stream", Selection{Stream: b}, []string{"b: late", "b: "}, false},
		{
			"from a time, to another that does not belong to it",
			Selection{From: begin + 1000, To: begin + 2000},
			[]string{"a: two\nlines", "b: late"},
			false,
		},
		{"the first ones", Selection{Limit: 2}, []string{"a: one", "a: two\nlines"}, true},
		{"the last ones", Selection{Limit: 2, Backward: true}, []string{"a: three", "b: "}, true},
		{
			"by what they say",
			Selection{Match: func(text string) bool { return strings.Contains(text, "t") }},
			[]string{"a: two\nlines", "b: late", "a: three"},
			false,
		},
		{"as many as fit", Selection{Bytes: 5}, []string{"a: one"}, true},
		{
			"as far as they are looked at",
			Selection{Scan: 4, Match: func(text string) bool { return text == "three" }},
			[]string{},
			true,
		},
	} {
		t.Run(row.does, func(t *testing.T) {
			page := read(t, j, row.s)
			if diff := cmp.Diff(row.want, texts(page)); diff != "" || page.More != row.more {
				t.Errorf("more %v, want %v; (-want +got)\n%s", page.More, row.more, diff)
			}
		})
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	j := open(t, t.TempDir())
	for i := range 25 {
		write(t, j, "a", int64(i%7), fmt.Sprint(i)) // out of order, and many at one time
	}
	whole := texts(read(t, j, Selection{}))
	for _, backward := range []bool{false, true} {
		var all []string
		s := Selection{Limit: 4, Backward: backward}
		for {
			page := read(t, j, s)
			if backward {
				all = append(texts(page), all...)
				s.Before = page.Last
			} else {
				all = append(all, texts(page)...)
				s.After = page.Last
			}
			if !page.More {
				break
			}
		}
		if diff := cmp.Diff(whole, all); diff != "" {
			t.Errorf("backward %v (-want +got)\n%s", backward, diff)
		}
	}
}

func TestFilesAreTheTruth(t *testing.T) {
	dir := t.TempDir()
	first := Open(dir, time.Now)
	write(t, first, "a", 0, "one", "two")
	if err := first.CreateStream("/aws/lambda/orders", "empty"); err != nil {
		t.Fatal(err)
	}
	if err := first.CreateStream("/aws/lambda/orders", "empty"); !errors.Is(err, ErrExists) {
		t.Errorf("a stream begins twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Write("/aws/lambda/orders", "a", true, Event{}); err == nil {
		t.Error("a closed journal takes events")
	}
	text, err := os.ReadFile(filepath.Join(dir, "aws_lambda_orders.log"))
	if err != nil || string(text) != "one\ntwo\n" {
		t.Errorf("the file says %q, %v", text, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "aws_lambda_orders.index"), append(readFile(t, filepath.Join(dir,
		"aws_lambda_orders.index")), "half a record"...), 0o644); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir)
	write(t, j, "a", 2, "three")
	if diff := cmp.Diff([]string{"a: one", "a: two", "a: three"}, texts(read(t, j, Selection{}))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	streams, err := j.Streams("/aws/lambda/orders")
	if err != nil || len(streams) != 2 || streams[0].First != begin || streams[0].Last != begin+2000 ||
		streams[0].Bytes != 11 || streams[1].Name != "empty" {
		t.Errorf("streams %+v, %v", streams, err)
	}
	if err := j.DeleteStream("/aws/lambda/orders", "a"); err != nil {
		t.Fatal(err)
	}
	write(t, j, "a", 3, "four")
	if diff := cmp.Diff([]string{"a: four"}, texts(read(t, j, Selection{}))); diff != "" {
		t.Errorf("after its stream was deleted (-want +got)\n%s", diff)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestGroupsOfNamesThatLookAlike(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for _, name := range []string{"/a/b", "a_b", "a/b"} {
		if err := j.Write(name, "s", true, Event{At: begin, Text: name}); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, dir)
	groups, err := again.Groups()
	if err != nil || len(groups) != 3 {
		t.Fatalf("got %+v, %v", groups, err)
	}
	for _, g := range groups {
		page, err := again.Read(g.Name, Selection{Limit: 9, Bytes: 99})
		if err != nil || len(page.Events) != 1 || page.Events[0].Text != g.Name {
			t.Errorf("%s holds %+v, %v", g.Name, page, err)
		}
	}
	if err := again.Remove("a_b"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Streams("a_b"); !errors.Is(err, ErrNoGroup) {
		t.Errorf("a group that was removed answers %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 6 {
		t.Errorf("there are %v", files)
	}
}

func TestAGroupIsBounded(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	const each = 1 << 20
	line := strings.Repeat("x", each-1-8)
	for i := range 150 {
		err := j.Write("g", "s", true, Event{At: begin + int64(i), Text: fmt.Sprintf("%8d%s", i, line)})
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(j *Journal) {
		page, err := j.Read("g", Selection{Limit: 1000, Bytes: 1 << 30})
		if err != nil || len(page.Events) != 150-64 || page.Events[0].Seq != 64 {
			t.Fatalf("%d events are kept, %v", len(page.Events), err)
		}
		for i, e := range page.Events {
			if want := fmt.Sprintf("%8d", i+64); e.Text[:8] != want || e.Seq != int64(i+64) {
				t.Fatalf("event %d begins with %q and has number %d", i, e.Text[:8], e.Seq)
			}
		}
	}
	check(j)
	check(open(t, dir))
}

func TestWhatWaitsIsWrittenSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir)
		write(t, j, "a", 0, "one")
		time.Sleep(writeWithin)
		synctest.Wait()
		if text := readFile(t, filepath.Join(dir, "aws_lambda_orders.log")); string(text) != "one\n" {
			t.Errorf("the file says %q", text)
		}
	})
}

func TestTextThatSomebodyCutOffIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	write(t, j, "a", 0, "one", "two")
	read(t, j, Selection{})
	if err := os.Truncate(filepath.Join(dir, "aws_lambda_orders.log"), 5); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a: one"}, texts(read(t, j, Selection{}))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestManyWriteAndReadAtOnce(t *testing.T) {
	j := open(t, t.TempDir())
	var seen sync.Map
	j.Observe(func(group string, events []Event) { seen.Store(group+events[0].Text, true) })
	var writing sync.WaitGroup
	for w := range 8 {
		writing.Go(func() {
			for i := range 100 {
				write(t, j, fmt.Sprint(w), int64(i), fmt.Sprintf("%d-%d", w, i))
				if i%20 == 0 {
					read(t, j, Selection{})
				}
			}
		})
	}
	writing.Wait()
	if page := read(t, j, Selection{Limit: 10_000}); len(page.Events) != 800 {
		t.Errorf("%d events are kept, want 800", len(page.Events))
	}
	if _, ok := seen.Load("/aws/lambda/orders7-99"); !ok {
		t.Error("the observer was not told")
	}
}

func BenchmarkWrite(b *testing.B) {
	j := Open(b.TempDir(), time.Now)
	defer j.Close()
	event := Event{At: begin, Text: strings.Repeat("x", 120)}
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Write("g", "s", false, event); err != nil {
			b.Fatal(err)
		}
	}
}
