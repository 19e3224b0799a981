package firewall

import (
	"slices"
	"time"

	"portico/local/gateway/exchange"
)

// Samples are requests out of those of a time, in the words of AWS WAF's GetSampledRequests.
type Samples struct {
	Requests   []Sample
	Population int // requests that they are a sample of
	// Begin and End are the time: a part of what was asked for where that began too early, or had
	// more requests than a population may have.
	Begin, End time.Time
}

// Sample is a request that a rule matched, or that the default action was applied to.
type Sample struct {
	At        time.Time
	Weight    int // how many requests it stands for
	Action    Action
	Overrides Action // what the group's rule would have done without an override; "" without one
	// GroupRule is the rule within the rule group: AWS#AWSManagedRulesLinuxRuleSet#LFI_HEADER, or
	// own#rule; "" outside of groups.
	GroupRule          string
	ClientIP, Country  string
	URI                string // with its query string
	Method, Version    string
	Headers, Inserted  exchange.Header
	Labels             []string
	Status             int            // of AWS WAF's own reply; 0 for none
	Captcha, Challenge *TokenResponse // nil for none
}

// Samples returns at most so many of the requests that are sampled for a metric, of a time within
// the last three hours.
//
// Unlike AWS: that AllSamples means all metrics is what users write, and no page tells. One of two
// metrics of a request is enough for it.
func (a *ACL) Samples(metric string, from, to time.Time, most int) Samples {
	out := Samples{Begin: from, End: to}
	if oldest := a.clock.Now().Add(-sampleAge); from.Before(oldest) {
		out.Begin = oldest
	}
	found := a.samples.between(metric, out.Begin, to)
	for i := range found {
		out.Population += found[i].weight
		if out.Population >= maxPopulation {
			out.Population = maxPopulation
			if i < len(found)-1 {
				out.End, found = found[i].of.at, found[:i+1]
			}
			break
		}
	}
	count := min(most, len(found))
	for i := range count {
		begin, end := i*len(found)/count, (i+1)*len(found)/count
		made := a.describe(&found[begin])
		for _, other := range found[begin+1 : end] {
			made.Weight += other.weight
		}
		out.Requests = append(out.Requests, made)
	}
	return out
}

// between returns the samples of a time, the earliest first.
func (s *sampler) between(metric string, from, to time.Time) []sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.metrics[metric]
	switch {
	case metric == AllSamples:
		of = &s.all
	case metric == DefaultAction:
		of = s.byDefault
	}
	if of == nil {
		return nil
	}
	var found []sample
	for _, one := range of.samples {
		at := one.of.at
		if !at.Before(from) && !at.After(to) {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b sample) int { return a.of.at.Compare(b.of.at) })
	return found
}

// describe tells of a sample what the web ACL's data protection does not hide.
//
// Unlike AWS: that the URI has the query string is a guess; AWS's example has none to show.
func (a *ACL) describe(one *sample) Sample {
	of, hide := one.of, &a.samples.masks
	made := Sample{
		At: of.at, Weight: one.weight, Action: one.kind, ClientIP: of.request.SourceIP,
		Country: a.country(&of.request), URI: of.request.RawPath, Method: of.request.Method,
		Version: of.request.Protocol, Labels: of.labels,
		Captcha:   logToken(of.captcha, Captcha, of.action),
		Challenge: logToken(of.challenge, Challenge, of.action),
	}
	if of.request.RawQuery != "" {
		made.URI += "?" + hide.query(of.request.RawQuery)
	}
	for _, line := range of.request.Header {
		made.Headers.Add(line.Name, hide.header(line.Name, line.Value))
	}
	if of.action == Allow && one.kind == one.action.kind {
		made.Inserted = one.action.inserted
	}
	if one.ends {
		made.Status = of.status
	}
	if one.rule != one.turn {
		made.GroupRule = one.turn.group.name + "#" + one.rule.name
		made.Overrides = one.rule.overrides
	}
	return made
}
