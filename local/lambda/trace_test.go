package lambda

import (
	"regexp"
	"testing"
	"time"
)

func TestTraceHeaders(t *testing.T) {
	const root, parent = "Root=1-6728a7c3-a1b2c3d4e5f6a1b2c3d4e5f6", "Parent=53995c3f42cd8ad8"
	now := time.Unix(0x6728a7c3, 0)
	made := `Root=1-6728a7c3-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=`
	rows := []struct {
		does, header string
		active       bool
		want         string
	}{
		{"a call without one is not sampled", "", false, made + "0"},
		{"with active tracing it is", "", true, made + "1"},
		{"what came is kept", root + ";" + parent + ";Sampled=0", true, root + ";" + parent + ";Sampled=0"},
		{"no decision is passed on without tracing", root, false, root},
		{"a decision is made with it", root, true, root + `;Parent=[0-9a-f]{16};Sampled=1`},
		{
			"other fields stay", root + ";Lineage=a:0", true,
			root + `;Lineage=a:0;Parent=[0-9a-f]{16};Sampled=1`,
		},
		{
			"a root is made where only a decision came", "Sampled=0", true,
			`Sampled=0;Root=1-6728a7c3-[0-9a-f]{24};Parent=[0-9a-f]{16}`,
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			fn := &function{Function: Function{Tracing: row.active}}
			got := fn.traced(row.header, now)
			if !regexp.MustCompile("^" + row.want + "$").MatchString(got) {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
