// Package pipeline takes a call through an ordered list of steps.
//
// It is the shape that all three kinds of API share: a keyed list of named steps that reads top to
// bottom in AWS's order, each leaving a mark. It knows nothing of HTTP, of API Gateway, or of what a
// step does.
package pipeline

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrAnswered ends a walk without a refusal: the step has written the reply itself, as the CORS
// preflight of an HTTP API does.
var ErrAnswered = errors.New("answered")

// Call is what travels: anything that embeds Notes.
type Call interface {
	// TakeNotes returns what was noted since it was last called.
	TakeNotes() []Fact
	notes() *Notes
}

// Step is one named thing that happens to a call.
type Step[C Call] struct {
	Name string // a verb phrase: "match resource"
	Do   func(context.Context, C) error
}

// Pipeline is an ordered list of steps and what follows them.
type Pipeline[C Call] struct {
	Steps  []Step[C]                       // in order, until one fails
	Refuse func(context.Context, C, error) // makes the reply to a failure
	Always []Step[C]                       // once the reply is known
	// Elapsed is the stopwatch that marks read, once a step; nil reads the machine's time.
	Elapsed func() time.Duration
}

// Verdict says how a step ended.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Answered Verdict = "answered" // the step wrote the reply
	Refused  Verdict = "refused"  // API Gateway says no, by design
	Failed   Verdict = "failed"   // something broke
)

// Refusal is implemented by the errors that API Gateway answers by design.
type Refusal interface {
	error
	// Refusal says why in words for the person at the terminal; never sent to the client.
	Refusal() string
}

// Mark is what a step left: what it decided, why, and how long it took.
type Mark struct {
	Step    string        `json:"step"`
	Verdict Verdict       `json:"verdict"`
	Reason  string        `json:"reason,omitempty"`
	Facts   []Fact        `json:"facts,omitempty"`
	Took    time.Duration `json:"took"` // nanoseconds
}

// Fact is one thing a step took into account.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Notes collects the facts of the step under way; a call embeds it.
type Notes struct {
	facts []Fact // of the whole walk, in one piece of memory
	taken int    // how many belong to earlier steps
	lent  *room  // nil unless a Memory lent it
}

// room is where a walk leaves what it has to say.
type room struct {
	facts []Fact
	marks []Mark
}

func (n *Notes) notes() *Notes { return n }

// Memory lends the room for marks and facts to walks, and takes it back for later ones.
type Memory struct{ free sync.Pool }

// Lend gives a call room, before it walks.
func (m *Memory) Lend(n *Notes) {
	lent, ok := m.free.Get().(*room)
	if !ok {
		lent = &room{make([]Fact, 0, usualFacts), make([]Mark, 0, usualMarks)}
	}
	*n = Notes{facts: lent.facts[:0], lent: lent}
}

// TakeBack ends the use of what a call was lent: nobody may look at its marks any more.
func (m *Memory) TakeBack(n *Notes) {
	lent := n.lent
	lent.facts = n.facts
	*n = Notes{}
	m.free.Put(lent)
}

// usualFacts is how many facts a call leaves without growing.
const usualFacts = 8

// Note adds a fact to the mark of the step under way.
func (n *Notes) Note(name, value string) {
	if n.facts == nil {
		n.facts = make([]Fact, 0, usualFacts)
	}
	n.facts = append(n.facts, Fact{Name: name, Value: value})
}

// TakeNotes returns what was noted since it was last called.
func (n *Notes) TakeNotes() []Fact {
	if n.taken == len(n.facts) {
		return nil
	}
	facts := n.facts[n.taken:len(n.facts):len(n.facts)]
	n.taken = len(n.facts)
	return facts
}

// usualMarks is how many steps a call takes without growing.
const usualMarks = 24

// Walk takes c through p and returns a mark for every step it took: in the memory that c was lent,
// else in its own.
func (p Pipeline[C]) Walk(ctx context.Context, c C) []Mark {
	if p.Elapsed == nil {
		began := time.Now()
		p.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if lent := c.notes().lent; lent != nil {
		lent.marks = p.walk(ctx, c, lent.marks[:0])
		return lent.marks
	}
	var room [usualMarks]Mark
	return slices.Clone(p.walk(ctx, c, room[:0]))
}

func (p *Pipeline[C]) walk(ctx context.Context, c C, marks []Mark) []Mark {
	marks, err := p.run(ctx, c, p.Steps, marks)
	if err != nil && !errors.Is(err, ErrAnswered) {
		p.Refuse(ctx, c, err)
	}
	for i := range p.Always {
		marks, _ = p.run(ctx, c, p.Always[i:i+1], marks)
	}
	return marks
}

// run takes steps until one fails.
func (p *Pipeline[C]) run(
	ctx context.Context, c C, steps []Step[C], marks []Mark,
) ([]Mark, error) {
	began := p.Elapsed()
	for i := range steps {
		err := steps[i].Do(ctx, c)
		ended := p.Elapsed()
		mark := Mark{
			Step: steps[i].Name, Verdict: Passed, Facts: c.TakeNotes(), Took: ended - began,
		}
		began = ended
		if err != nil {
			mark.Verdict, mark.Reason = judge(err)
			return append(marks, mark), err
		}
		marks = append(marks, mark)
	}
	return marks, nil
}

func judge(err error) (Verdict, string) {
	if errors.Is(err, ErrAnswered) {
		return Answered, ""
	}
	var refusal Refusal
	if errors.As(err, &refusal) {
		return Refused, refusal.Refusal()
	}
	return Failed, err.Error()
}
