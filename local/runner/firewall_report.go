package runner

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"portico/local/gateway/firewall"
)

// FirewallReport is what a web ACL would have made of recorded requests.
type FirewallReport struct {
	WebACL   string         `json:"webAcl"`
	Capacity int            `json:"capacity"` // WCU
	Requests int            `json:"requests"`
	Refused  int            `json:"refused"` // requests that would not come in
	Actions  map[string]int `json:"actions"` // ALLOW, BLOCK, CAPTCHA, CHALLENGE
	// Rules are those of the web ACL and of its rule groups, in the order of their turn.
	Rules   []FirewallRuleCount  `json:"rules"`
	Labels  []FirewallLabelCount `json:"labels"`
	Stopped []FirewallStopped    `json:"stopped"` // the first requests that would not come in
	Lacks   []FirewallLack       `json:"lacks"`   // what the recording does not tell
	// Unread is how many lines of access logs are no request, and Example the first of them.
	Unread  int    `json:"unread"`
	Example string `json:"unreadExample,omitempty"`

	lacking lack // of any request
}

// FirewallRuleCount says how often a rule matched.
type FirewallRuleCount struct {
	Rule      string `json:"rule"`
	GroupRule string `json:"groupRule,omitempty"`
	Action    string `json:"action"`  // what it does when it matches
	Decided   int    `json:"decided"` // matches that ended the inspection
	Counted   int    `json:"counted"` // matches after which it went on
	// Unseen is what the rule looks at, and the recording does not tell of some request.
	Unseen []string `json:"unseen,omitempty"`
}

// FirewallLabelCount says on how many requests a label was.
type FirewallLabelCount struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// FirewallStopped is a request that would not come in.
type FirewallStopped struct {
	Source string `json:"source"` // access.log:12
	Method string `json:"method"`
	Target string `json:"target"`
	Action string `json:"action"`
	Rule   string `json:"rule"`
}

// FirewallLack says of how many requests the recording does not tell a part.
type FirewallLack struct {
	Part     string `json:"part"`
	Requests int    `json:"requests"`
}

// keptStopped is how many of the requests that would not come in are told one by one.
const keptStopped = 20

func newFirewallReport(name string, acl *firewall.ACL, recorded *recording) FirewallReport {
	report := FirewallReport{
		WebACL: name, Capacity: acl.Capacity(), Actions: map[string]int{},
		Unread: recorded.unread, Example: recorded.example,
		Labels: []FirewallLabelCount{}, Stopped: []FirewallStopped{}, Lacks: []FirewallLack{},
	}
	counts := map[lack]int{}
	for i := range recorded.requests {
		for _, one := range lacks {
			if recorded.requests[i].Lacks&one.kind != 0 {
				counts[one.kind]++
				report.lacking |= one.kind
			}
		}
	}
	for _, one := range lacks {
		if counts[one.kind] > 0 {
			report.Lacks = append(report.Lacks, FirewallLack{Part: one.name, Requests: counts[one.kind]})
		}
	}
	for _, rule := range acl.Rules() {
		report.Rules = append(report.Rules, FirewallRuleCount{
			Rule: rule.Rule, GroupRule: rule.GroupRule, Action: string(rule.Action),
			Unseen: unseen(rule, report.lacking),
		})
	}
	return report
}

// unseen returns what a rule would have to see, and a recording does not tell.
func unseen(rule firewall.RuleInfo, lacking lack) []string {
	var names []string
	for _, one := range lacks {
		if lacking&one.kind == 0 {
			continue
		}
		blind := slices.ContainsFunc(one.parts, func(part string) bool {
			return slices.Contains(rule.Inspects, part)
		})
		byTime := rule.Rate && (one.kind == lackTime || one.kind == lackAddress)
		byAddress := len(rule.Inspects) == 0 && one.kind == lackAddress
		if blind || byTime || byAddress {
			names = append(names, one.name)
		}
	}
	return names
}

func (f *FirewallReport) rule(name, inner string) *FirewallRuleCount {
	for i := range f.Rules {
		if f.Rules[i].Rule == name && f.Rules[i].GroupRule == inner {
			return &f.Rules[i]
		}
	}
	return &FirewallRuleCount{} // of the default action: nothing is counted
}

func (f *FirewallReport) add(r *trialRequest, verdict *firewall.Verdict) {
	f.Requests++
	f.Actions[string(verdict.Action)]++
	for _, match := range verdict.Counted {
		f.rule(match.Rule, match.GroupRule).Counted++
	}
	f.rule(verdict.Rule, verdict.GroupRule).Decided++
	for _, label := range verdict.Labels {
		at := slices.IndexFunc(f.Labels, func(l FirewallLabelCount) bool { return l.Label == label })
		if at < 0 {
			f.Labels = append(f.Labels, FirewallLabelCount{Label: label})
			at = len(f.Labels) - 1
		}
		f.Labels[at].Count++
	}
	if verdict.Allowed() {
		return
	}
	f.Refused++
	if len(f.Stopped) == keptStopped {
		return
	}
	target := r.RawPath
	if r.RawQuery != "" {
		target += "?" + r.RawQuery
	}
	f.Stopped = append(f.Stopped, FirewallStopped{
		Source: r.Source, Method: r.Method, Target: target, Action: string(verdict.Action),
		Rule: firewall.Match{Rule: verdict.Rule, GroupRule: verdict.GroupRule}.String(),
	})
}

func (f *FirewallReport) finish() {
	slices.SortStableFunc(f.Labels, func(a, b FirewallLabelCount) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Label, b.Label))
	})
}

// WriteTable prints the report for people: the rules that matched, and with all also the others.
func (f *FirewallReport) WriteTable(w io.Writer, all bool) {
	fmt.Fprintf(w, "web ACL %s, %d WCU: %d requests", f.WebACL, f.Capacity, f.Requests)
	for _, action := range slices.Sorted(maps.Keys(f.Actions)) {
		fmt.Fprintf(w, ", %d %s", f.Actions[action], action)
	}
	fmt.Fprint(w, "\n\n")
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tACTION\tDECIDED\tCOUNTED\tCOULD NOT SEE")
	quiet, blind := 0, 0
	for _, rule := range f.Rules {
		if rule.Decided+rule.Counted == 0 && !all {
			quiet++
			if len(rule.Unseen) > 0 {
				blind++
			}
			continue
		}
		name := firewall.Match{Rule: rule.Rule, GroupRule: rule.GroupRule}.String()
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", name, rule.Action, rule.Decided, rule.Counted,
			strings.Join(rule.Unseen, ", "))
	}
	_ = table.Flush() // w said what it had to say above
	if quiet > 0 {
		fmt.Fprintf(w, "%d rules matched nothing (show them with --all)", quiet)
		if blind > 0 {
			fmt.Fprintf(w, "; %d of them could not see all they look at", blind)
		}
		fmt.Fprintln(w)
	}
	f.writeRest(w)
}

func (f *FirewallReport) writeRest(w io.Writer) {
	if len(f.Labels) > 0 {
		fmt.Fprintln(w, "\nlabels")
		for _, label := range f.Labels {
			fmt.Fprintf(w, "  %6d  %s\n", label.Count, label.Label)
		}
	}
	if len(f.Stopped) > 0 {
		fmt.Fprintln(w, "\nwould not come in")
		for _, one := range f.Stopped {
			fmt.Fprintf(w, "  %s  %s by %s: %s %s\n", one.Source, one.Action, one.Rule, one.Method,
				one.Target)
		}
		if more := f.Refused - len(f.Stopped); more > 0 {
			fmt.Fprintf(w, "  and %d more\n", more)
		}
	}
	if len(f.Lacks) > 0 || f.Unread > 0 {
		fmt.Fprintln(w, "\nnot in the recording: rules that look at it see nothing there")
		for _, one := range f.Lacks {
			fmt.Fprintf(w, "  %s of %d requests\n", one.Part, one.Requests)
		}
		if f.Unread > 0 {
			fmt.Fprintf(w, "  %d lines are no request, like %s\n", f.Unread, f.Example)
		}
	}
}
