package runner

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/control/wafv2"
	"portico/local/gateway/api"
	"portico/local/gateway/firewall"
	"portico/local/provision"
)

// wafOwner owns the web ACLs that the management API of AWS WAF created.
const wafOwner = "wafv2"

// firewallHost evaluates web ACLs that a management API describes: it has them read as a template's
// are, by way of their CloudFormation twins.
type firewallHost struct{ runner *Runner }

var _ wafv2.Host = firewallHost{}

// Capacity compiles one web ACL, and returns its capacity units.
func (h firewallHost) Capacity(
	account api.Account, all []wafv2.Resource, webACL string,
) (int, error) {
	read, err := h.read(account, all)
	if err != nil {
		return 0, err
	}
	trial := *h.runner.App()
	trial.WebACLs = slices.DeleteFunc(read, func(one api.WebACL) bool { return one.ARN != webACL })
	compiled, err := trial.firewalls(firewallParts{
		clock: h.runner.options.Clock, secret: h.runner.secrets.firewall(),
	})
	if err != nil {
		return 0, err
	}
	if compiled[webACL] == nil {
		return 0, fmt.Errorf("there is no web ACL %s", webACL)
	}
	return compiled[webACL].Capacity(), nil
}

// read turns resources into web ACLs, beside those of the template in the same region, whose groups
// and sets they may name.
func (h firewallHost) read(account api.Account, all []wafv2.Resource) ([]api.WebACL, error) {
	var existing []cloudformation.Existing
	for i, one := range slices.Concat(all, h.Described(account.Region)) {
		existing = append(existing, cloudformation.Existing{
			Type: one.Type, LogicalID: fmt.Sprintf("R%04d", i), PhysicalID: one.ID,
			Attributes: map[string]string{"Arn": one.ARN, "Id": one.ID}, Properties: one.Properties,
		})
	}
	assembly, err := cloudformation.Compose(cloudformation.Options{
		Account: account.ID, Region: account.Region, Partition: account.Partition,
	}, wafOwner, existing)
	if err != nil {
		return nil, err
	}
	application, err := provision.Read(assembly, provision.Options{Partition: account.Partition})
	if err != nil {
		return nil, err
	}
	for _, f := range append(coverage.Check(assembly, provision.Coverage()),
		application.Findings...) {
		if f.Status == coverage.NotHonoured && !h.runner.options.Lenient {
			return nil, &provision.Problem{Property: f.Property, Value: f.Value, Reason: f.Why}
		}
	}
	return application.WebACLs, nil
}

// Serve puts these web ACLs in the place of those that were created before.
func (h firewallHost) Serve(
	ctx context.Context, all map[string][]wafv2.Resource, associations map[string]string,
) error {
	added := provision.Application{
		PoolWebACLs: map[string]string{}, StageWebACLs: map[string]string{},
	}
	account := h.runner.App().account()
	for _, region := range slices.Sorted(maps.Keys(all)) {
		account.Region = region
		read, err := h.read(account, all[region])
		if err != nil {
			return err
		}
		for _, one := range read {
			if slices.ContainsFunc(all[region], func(r wafv2.Resource) bool { return r.ARN == one.ARN }) {
				added.WebACLs = append(added.WebACLs, one)
			}
		}
	}
	for resource, acl := range associations {
		if strings.Contains(resource, ":userpool/") {
			added.PoolWebACLs[resource] = acl
		} else {
			added.StageWebACLs[resource] = acl
		}
	}
	return h.runner.Put(ctx, wafOwner, added)
}

// Described returns what the template describes in a region.
func (h firewallHost) Described(region string) []wafv2.Resource {
	var all []wafv2.Resource
	for _, r := range h.runner.Template().Assembly.ByType("AWS::WAFv2::WebACL",
		"AWS::WAFv2::RuleGroup", "AWS::WAFv2::IPSet", "AWS::WAFv2::RegexPatternSet",
	) {
		if r.Stack.Region != region || r.Properties["Scope"] == "CLOUDFRONT" {
			continue
		}
		made := wafv2.Resource{
			Type: r.Type, Name: textOf(r.Properties["Name"]), ID: attributeOf(r, "Id"),
			ARN: attributeOf(r, "Arn"), Properties: r.Properties,
		}
		if made.Name == "" {
			made.Name = r.LogicalID
		}
		all = append(all, made)
	}
	return all
}

// stageARN names a stage of a REST API as web ACLs do.
func stageARN(of api.REST, stage string) string {
	partition := of.Account.Partition
	if partition == "" {
		partition = "aws"
	}
	return "arn:" + partition + ":apigateway:" + of.Account.Region + "::/restapis/" + of.ID +
		"/stages/" + stage
}

// Associations returns what the template puts its web ACLs before.
func (h firewallHost) Associations() map[string]string {
	template := h.runner.Template()
	all := maps.Clone(template.PoolWebACLs)
	if all == nil {
		all = map[string]string{}
	}
	for _, definition := range template.REST {
		for _, stage := range definition.Stages {
			if stage.WebACL != "" {
				all[stageARN(definition, stage.Name)] = stage.WebACL
			}
		}
	}
	return all
}

// Protectable returns the ARNs of the stages of REST APIs and of the user pools of a region.
func (h firewallHost) Protectable(region string) []string {
	var all []string
	for _, one := range h.runner.allServed() {
		if one.Kind != "REST" || one.region != region {
			continue
		}
		for _, stage := range one.Stages {
			all = append(all, stageARN(api.REST{
				ID: one.ID, Account: api.Account{Region: region},
			}, stage.Name))
		}
	}
	for _, pool := range h.runner.App().UserPools {
		if strings.Contains(pool.ARN, ":cognito-idp:"+region+":") {
			all = append(all, pool.ARN)
		}
	}
	return all
}

// Limited returns the addresses that a rate-based rule of a served web ACL limits now.
func (h firewallHost) Limited(webACL, rule, groupRule string) ([]netip.Addr, error) {
	acl := h.runner.firewalls.find(webACL)
	if acl == nil {
		return nil, firewall.ErrNoRateRule
	}
	return acl.Limited(rule, groupRule)
}

// Samples returns requests that a served web ACL decided on.
func (h firewallHost) Samples(webACL string, of wafv2.Sampling) firewall.Samples {
	acl := h.runner.firewalls.find(webACL)
	if acl == nil {
		return firewall.Samples{Begin: of.From, End: of.To}
	}
	return acl.Samples(of.Metric, of.From, of.To, of.Most)
}

// guarded returns a definition whose stages have the web ACLs that a management API put before
// them.
func (a *App) guarded(definition api.REST) api.REST {
	if len(a.StageWebACLs) == 0 {
		return definition
	}
	definition.Stages = slices.Clone(definition.Stages)
	for i := range definition.Stages {
		stage := &definition.Stages[i]
		if acl := a.StageWebACLs[stageARN(definition, stage.Name)]; acl != "" {
			stage.WebACL = acl
		}
	}
	return definition
}
