package firewall

import (
	"sync"
	"time"

	"portico/local/gateway/exchange"
)

// AllSamples stands in the place of a metric for the samples of all of them.
const AllSamples = "ALL"

// The bounds of samples ("GetSampledRequests", and our own of what is kept).
const (
	sampleAge      = 3 * time.Hour
	maxPopulation  = 5_000
	maxSamples     = 1_000    // of a metric; thinned out, AWS's 500 are left
	maxSampleBytes = 16 << 20 // of a web ACL
	samplePause    = time.Second
)

// sampler keeps samples of the requests that a web ACL decided on, by the metrics of what they hit.
//
// Unlike AWS: they are the web ACL's own, so one that is changed begins anew.
type sampler struct {
	masks     masks      // the data protection; what the log redacts, samples show, as on AWS
	byDefault *reservoir // of the default action; nil for none

	mu      sync.Mutex // guards the reservoirs and bytes
	metrics map[string]*reservoir
	all     reservoir
	bytes   int
}

// reservoir is the samples of one metric.
//
// Unlike AWS: they are chosen evenly, and not at random. As long as there are few requests all of
// them are kept, then one of so many, but one a second at least.
type reservoir struct {
	samples []sample
	every   int       // one of so many requests is kept
	passed  int       // requests since the last that was kept
	last    time.Time // when it was
}

// hit is a rule that matched a request, or the default action.
type hit struct {
	turn   *rule // of the web ACL
	rule   *rule // that one, or one of the rule group that it refers to; nil for the default action
	action *action
	kind   Action // that was applied
	ends   bool   // it ended the inspection
}

// sample is a hit, and how many hits it stands for.
type sample struct {
	hit
	of     *sampled
	weight int
}

// sampled is a request, shared by all samples of it.
type sampled struct {
	at      time.Time
	request exchange.Request // without its body
	labels  []string
	action  Action // that ended the inspection
	status  int    // of AWS WAF's own reply; 0 for none
	bytes   int

	captcha, challenge *TokenCheck
}

// of returns the reservoir of a metric, nil for "".
func (s *sampler) of(metric string) *reservoir {
	if metric == "" {
		return nil
	}
	if s.metrics == nil {
		s.metrics = map[string]*reservoir{}
	}
	if s.metrics[metric] == nil {
		s.metrics[metric] = &reservoir{}
	}
	return s.metrics[metric]
}

// hit notes what a request hit, if there are samples of it.
func (in *inspection) hit(h hit) {
	if h.rule == nil {
		if in.acl.samples.byDefault != nil {
			in.hits = append(in.hits, h)
		}
		return
	}
	h.turn = in.turn
	if h.turn.samples != nil || h.rule.samples != nil {
		in.hits = append(in.hits, h)
	}
}

// reservoirs returns where a hit belongs.
func (s *sampler) reservoirs(h *hit) [3]*reservoir {
	if h.rule == nil {
		return [3]*reservoir{&s.all, s.byDefault}
	}
	found := [3]*reservoir{&s.all, h.turn.samples}
	if h.rule.samples != h.turn.samples {
		found[2] = h.rule.samples
	}
	return found
}

// add takes samples of a request.
func (s *sampler) add(now time.Time, in *inspection, v *Verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var shared *sampled
	for i := range in.hits {
		h := &in.hits[i]
		for _, r := range s.reservoirs(h) {
			if r == nil || !s.takes(r, now) {
				continue
			}
			if shared == nil {
				shared = sampleOf(now, in.request, v)
			}
			r.samples = append(r.samples, sample{hit: *h, of: shared, weight: r.passed})
			r.passed, r.last = 0, now
			s.bytes += shared.bytes
		}
	}
	if s.bytes > maxSampleBytes {
		s.thin(&s.all)
		for _, r := range s.metrics {
			s.thin(r)
		}
	}
}

// takes says whether a reservoir takes a request, and makes room for it.
func (s *sampler) takes(r *reservoir, now time.Time) bool {
	r.every = max(r.every, 1)
	r.passed++
	if len(r.samples) > 0 && now.Sub(r.samples[0].of.at) > sampleAge {
		s.forget(r, now)
	}
	pause := now.Sub(r.last)
	if r.passed < r.every && pause >= 0 && pause < samplePause {
		return false
	}
	if len(r.samples) >= maxSamples {
		s.thin(r)
	}
	return true
}

// forget drops the samples that are too old.
func (s *sampler) forget(r *reservoir, now time.Time) {
	kept := r.samples[:0]
	for _, one := range r.samples {
		if now.Sub(one.of.at) > sampleAge {
			s.bytes -= one.of.bytes
			continue
		}
		kept = append(kept, one)
	}
	clear(r.samples[len(kept):])
	r.samples = kept
	if len(kept) < maxSamples/4 {
		r.every = 1
	}
}

// thin drops every second sample, for which its neighbour stands then.
func (s *sampler) thin(r *reservoir) {
	if len(r.samples) < 2 {
		return
	}
	kept := r.samples[:0]
	for i, one := range r.samples {
		if (len(r.samples)-i)%2 == 0 {
			r.samples[i+1].weight += one.weight
			s.bytes -= one.of.bytes
			continue
		}
		kept = append(kept, one)
	}
	clear(r.samples[len(kept):])
	r.samples, r.every = kept, 2*r.every
}

// sampleOf copies what is told of a request.
func sampleOf(now time.Time, r *exchange.Request, v *Verdict) *sampled {
	made := &sampled{
		at: now, labels: v.Labels[:min(len(v.Labels), maxLogLabels)], action: v.Action,
		status: v.Status, captcha: v.Captcha, challenge: v.Challenge,
		request: exchange.Request{
			Method: r.Method, RawPath: r.RawPath, RawQuery: r.RawQuery, Protocol: r.Protocol,
			Header: r.Header.Clone(0), SourceIP: r.SourceIP,
		},
	}
	made.bytes = len(r.RawPath) + len(r.RawQuery) + 256
	for _, line := range r.Header {
		made.bytes += len(line.Name) + len(line.Value) + 32
	}
	return made
}
