package exchange

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitReferences(t *testing.T) {
	for _, r := range []struct {
		name, text string
		want       []Piece
	}{
		{"no reference", "plain $ text", []Piece{{Text: "plain $ text"}}},
		{"one reference", "$context.requestId", []Piece{{"$context.requestId", "context.requestId"}}},
		{"a reference among text", `{"ip":"$context.identity.sourceIp"}`, []Piece{
			{Text: `{"ip":"`},
			{"$context.identity.sourceIp", "context.identity.sourceIp"},
			{Text: `"}`},
		}},
		{"a full stop ends a sentence", "$context.stage.", []Piece{
			{"$context.stage", "context.stage"}, {Text: "."},
		}},
		{"braces", "a${context.stage}b", []Piece{
			{Text: "a"}, {"${context.stage}", "context.stage"}, {Text: "b"},
		}},
		{"open braces are text", "${context.stage", []Piece{{Text: "${context.stage"}}},
		{"another root is text", "$foo.bar", []Piece{{Text: "$foo.bar"}}},
		{"a hyphen ends AWS's names", "$context.stage-x", []Piece{
			{"$context.stage", "context.stage"}, {Text: "-x"},
		}},
		{"a hyphen belongs to a function's names", "$context.authorizer.tenant-id", []Piece{
			{"$context.authorizer.tenant-id", "context.authorizer.tenant-id"},
		}},
		{"nothing", "", nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, SplitReferences(r.text, "context")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
