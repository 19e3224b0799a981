// Package wafv2 is what the management API of AWS WAF (wafv2, 2019-07-29) does: web ACLs, rule
// groups, IP sets and regex pattern sets, what they are associated with, and their logs.
//
// The door of local/control hands it the inputs of operations; here stand AWS's rules and words.
// What is created is kept as AWS would print it. In the shape that CloudFormation has for the same
// resources it goes to the Host, which reads it as it reads a template's, compiles it, and puts it
// before the stages and user pools that it is associated with: before the operation answers, so
// that the next call is inspected by it. What a template describes is shown, and cannot be changed.
// Nothing here inspects a request. Web ACLs of CloudFront distributions are refused.
package wafv2

import (
	"context"
	"maps"
	"net/netip"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/gateway/firewall"
)

// Host evaluates web ACLs.
type Host interface {
	// Capacity compiles one web ACL of all that there is, and returns its capacity units (WCU).
	Capacity(account api.Account, all []Resource, webACL string) (int, error)
	// Serve puts these in the place of what was created before, by region, before what they are
	// associated with: the ARNs of web ACLs by those of stages and user pools.
	Serve(ctx context.Context, all map[string][]Resource, associations map[string]string) error
	// Described returns what the template describes in a region.
	Described(region string) []Resource
	// Associations returns the associations of the template, like those of Serve.
	Associations() map[string]string
	// Protectable returns the ARNs of the stages of REST APIs and the user pools of a region.
	Protectable(region string) []string
	// Limited returns the addresses that a rate-based rule of a served web ACL limits now.
	Limited(webACL, rule, groupRule string) ([]netip.Addr, error)
	// Samples returns requests that a served web ACL decided on; none of one that is not served.
	Samples(webACL string, of Sampling) firewall.Samples
}

// Sampling says which samples are asked for.
type Sampling struct {
	Metric   string // of a web ACL, a rule or a rule of a rule group
	From, To time.Time
	Most     int
}

// Resource is a resource in CloudFormation's shape.
type Resource struct {
	Type       string // AWS::WAFv2::WebACL
	Name       string
	ID, ARN    string
	Properties map[string]any
}

// Options say where what is created is kept, and who evaluates it.
type Options = state.Options[Host]

// Service answers the operations of AWS WAF.
type Service struct {
	options Options
	store   *state.Store[world]
}

// Open restores what was kept, without putting it into effect: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("AWS WAF"); err != nil {
		return nil, err
	}
	store, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	return &Service{options: o, store: store}, nil
}

// Refresh puts everything that was created into effect anew.
func (s *Service) Refresh() error { return s.serve(context.Background(), "", nil) }

// Reset forgets everything that was created.
func (s *Service) Reset() error {
	err := s.options.Host.Serve(context.Background(), nil, nil)
	if err != nil {
		return err
	}
	return s.store.Reset()
}

// serve hands over what there is in all regions, with now in the place of what is kept of one.
func (s *Service) serve(ctx context.Context, region string, now *world) error {
	all, associations := map[string][]Resource{}, map[string]string{}
	for name, w := range s.store.All(region, now) {
		all[name] = w.resources()
		maps.Copy(associations, w.Associations)
	}
	return s.options.Host.Serve(ctx, all, associations)
}

// call is one call of an operation, and the world it sees.
type call struct {
	context.Context
	service   *Service
	in        model.Object
	account   api.Account
	world     *world // of a write: its draft
	described []*item
	looked    bool // whether described is known
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// reads makes a handler of an operation that changes nothing.
func (s *Service) reads(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		c := s.newCall(ctx, in, s.store.Read(in.Region))
		if err := c.scope(); err != nil {
			return nil, err
		}
		return do(c)
	}
}

// writes makes a handler of an operation that changes something, whole or not at all.
func (s *Service) writes(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return state.Answer(s.store, in.Region, func(draft *world) (model.Object, error) {
			c := s.newCall(ctx, in, draft)
			if err := c.scope(); err != nil {
				return nil, err
			}
			return do(c)
		}, func(now *world) error { return refused(s.serve(ctx, in.Region, now)) })
	}
}

func (s *Service) newCall(ctx context.Context, in model.Call, w *world) *call {
	account := s.options.In(in.Region)
	plain, _ := unblobbed(in.Input).(model.Object)
	return &call{Context: ctx, service: s, in: plain, account: account, world: w}
}

// scope refuses web ACLs of CloudFront distributions, as AWS does in all regions but one.
//
// Unlike AWS: in that one, too.
func (c *call) scope() error {
	if c.in.Text("Scope") == "CLOUDFRONT" {
		return invalid("The scope is not valid.", "SCOPE_VALUE", "CLOUDFRONT")
	}
	return nil
}
