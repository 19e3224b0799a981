package firewall

import "testing"

func TestProbe(t *testing.T) {
	for _, size := range []int{1 << 10, 64 << 10} {
		acl := usualACL(t)
		acl.bodyLimit = 64 << 10
		in := acl.begin(typical(size))
		for _, r := range acl.rules {
			for _, g := range r.group.rules {
				var ns []*regexNode
				if n, ok := g.match.(*regexNode); ok {
					ns = append(ns, n)
				}
				if o, ok := g.match.(orNode); ok {
					for _, x := range o {
						if n, ok := x.(*regexNode); ok {
							ns = append(ns, n)
						}
					}
				}
				for _, n := range ns {
					s := in.see(n.view)
					for _, e := range n.expressions {
						if size < 2000 && (e.id < 0 || e.width < 0) {
							t.Logf("STATIC %s: %s id %d w %d", g.name, e, e.id, e.width)
						}
					}
					for i, text := range s.values {
						f := in.findings(n.view, i)
						for _, e := range n.expressions {
							if e.id >= 0 && f.counts[e.id] > 0 {
								t.Logf("%d %s len %d: %s n %d w %d needles %.100q", size, g.name, len(text), e, f.counts[e.id], e.width, needles(e.String()))
							}
						}
					}
				}
			}
		}
	}
}
