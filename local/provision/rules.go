package provision

import (
	"slices"

	"portico/local/cloudformation/coverage"
)

// rules puts the groups of one resource type together.
func rules(groups ...[]coverage.Rule) []coverage.Rule {
	return slices.Concat(groups...)
}

// honoured declares properties that do here what they do on AWS.
func honoured(paths ...string) []coverage.Rule {
	return same(coverage.Rule{Status: coverage.Honoured}, paths)
}

// irrelevant declares properties that cannot change what happens here, and says why.
func irrelevant(why string, paths ...string) []coverage.Rule {
	return same(coverage.Rule{Status: coverage.Irrelevant, Why: why}, paths)
}

// refused declares properties that are not honoured, and says why.
func refused(why string, paths ...string) []coverage.Rule {
	return same(coverage.Rule{Status: coverage.NotHonoured, Why: why}, paths)
}

// part declares properties that are honoured as soon as the feature is served.
func part(of feature, paths ...string) []coverage.Rule {
	if of.served {
		return honoured(paths...)
	}
	return refused(of.why, paths...)
}

// unless declares a property whose given values ask for nothing; others need the feature.
func unless(of feature, path string, harmless ...string) []coverage.Rule {
	if of.served {
		return honoured(path)
	}
	return rules(
		[]coverage.Rule{{Path: path, Status: coverage.Honoured, Values: harmless}},
		refused(of.why, path),
	)
}

// option is a value of a property that needs a feature.
type option struct {
	value string
	needs feature
}

func when(value string, needs feature) option { return option{value: value, needs: needs} }

// choice declares a property whose values are honoured one by one: those given always, the options
// as soon as their feature is served.
func choice(path string, always []string, options ...option) []coverage.Rule {
	values := slices.Clone(always)
	var missing []coverage.Rule
	for _, o := range options {
		if o.needs.served {
			values = append(values, o.value)
			continue
		}
		missing = append(missing, coverage.Rule{
			Path: path, Status: coverage.NotHonoured, Values: []string{o.value}, Why: o.needs.why,
		})
	}
	return rules(
		[]coverage.Rule{{Path: path, Status: coverage.Honoured, Values: values}}, missing)
}

// callersOwn refuses the value that passes the caller's own credentials on.
func callersOwn(path string) []coverage.Rule {
	return []coverage.Rule{{
		Path: path, Status: coverage.NotHonoured, Values: []string{"arn:aws:iam::*:user/*"},
		Why: "the caller's own credentials are not passed on here; name a role",
	}}
}

func same(rule coverage.Rule, paths []string) []coverage.Rule {
	all := make([]coverage.Rule, 0, len(paths))
	for _, path := range paths {
		rule.Path = path
		all = append(all, rule)
	}
	return all
}

// What AWS keeps for people, and never reads while it answers a call.
const (
	onlyText       = "a text for people"
	onlyTags       = "tags are for bills and access rights"
	noTLS          = "the local authority issues the certificates (portico trust)"
	noRoles        = "no role is assumed here: only what signers may call of APIs is asked of policies"
	namesEndpoints = "gives VPC endpoints names of the API; which may call it says the resource policy"
	noNetwork      = "everything here shares this machine's network"
	noEncryption   = "nothing is encrypted at rest here"
	noCloudWatch   = "it is not measured here"
	labelOnly      = "a label of the API's description"
	noTraces       = "traces are not collected here; the trace header is passed as on AWS"
	onDeployment   = "checked while AWS deploys, not while it runs"
	noSignIn       = "anybody signs in here under any name: there are no passwords, codes or mails"
)
