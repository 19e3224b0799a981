package policy

import "strings"

// Explanation is a decision and what every statement had to do with it.
type Explanation struct {
	Decision
	Statements []Finding // in the order of the document
}

// Finding says of one statement whether it speaks of a request.
type Finding struct {
	Statement string // its Sid, or its place: "#2"
	Effect    Effect // Allow or Deny
	Applies   bool
	// Missed is the first element that does not hold: "Action", "Resource", "Principal" or
	// "Condition IpAddress aws:SourceIp"; "" for a statement that applies.
	Missed string
}

// Explain is Evaluate with the reasons. It looks at every statement, also at those behind a deny.
func (p *Policy) Explain(r Request) Explanation {
	explained := Explanation{Decision: p.Evaluate(r)}
	action := lower(r.Action)
	for i := range p.statements {
		s := &p.statements[i]
		finding := Finding{Statement: s.name, Effect: s.effect, Applies: s.speaksOf(&r, action)}
		if !finding.Applies {
			finding.Missed = s.miss(&r, action)
		}
		explained.Statements = append(explained.Statements, finding)
	}
	return explained
}

// String says in one line which statement decided, or what kept those that allow from applying.
func (e Explanation) String() string {
	switch {
	case e.Effect == Deny:
		return "statement " + e.Statement + " denies it"
	case e.Effect == Allow && e.Delegated:
		return "statement " + e.Statement + " allows it to the caller's account only"
	case e.Effect == Allow:
		return "statement " + e.Statement + " allows it"
	}
	var missed []string
	for _, finding := range e.Statements {
		if finding.Effect == Allow {
			missed = append(missed, "statement "+finding.Statement+" fails at "+finding.Missed)
		}
	}
	if missed == nil {
		return "no statement allows it"
	}
	return "no statement allows it: " + strings.Join(missed, ", ")
}
