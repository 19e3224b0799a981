package firewall

import (
	"slices"

	"portico/local/gateway/api"
)

// managedGroup is a rule group of AWS's with static content.
//
// Unlike AWS: names, labels, inspected parts and actions are AWS's ("AWS Managed Rules rule groups
// list"), the patterns are not: AWS keeps its own secret. Ours find the documented examples and
// what commonly belongs to them. All versions have the same content.
type managedGroup struct {
	name     string
	label    string // the last part of its label namespace
	capacity int    // WCU
	rules    []managedRule
}

// managedRule is a rule of such a group.
type managedRule struct {
	name, label string
	counts      bool // its action is Count; that of the others is Block
	list        bool // it matches the addresses given for it, and has no statement
	statement   *api.Statement
	// patterns and detect are ours, and look at field after the transformations of chain. They are
	// written for text in lower case. Beside a statement, any of them is enough.
	field           api.FieldToMatch
	chain, patterns []string
	detect          func(text string) bool
}

// managedGroups returns the groups, in the order of AWS's documentation.
func managedGroups() []managedGroup {
	return slices.Concat(baselineGroups(), useCaseGroups(), addressGroups())
}

// ManagedGroups returns the names of the managed rule groups of AWS that are honoured.
func ManagedGroups() []string {
	var names []string
	for _, group := range managedGroups() {
		names = append(names, group.name)
	}
	return names
}

// The parts of requests that managed rules inspect.
var (
	uriPath     = api.FieldToMatch{Kind: "UriPath"}
	queryString = api.FieldToMatch{Kind: "QueryString"}
	arguments   = api.FieldToMatch{Kind: "AllQueryArguments"}
	bodyText    = api.FieldToMatch{Kind: "Body", Oversize: "CONTINUE"}
	cookie      = api.FieldToMatch{Kind: "SingleHeader", Name: "cookie"}
	cookies     = api.FieldToMatch{
		Kind: "Cookies", Pattern: "All", Scope: "VALUE", Oversize: "CONTINUE",
	}
	headers = api.FieldToMatch{
		Kind: "Headers", Pattern: "All", Scope: "VALUE", Oversize: "CONTINUE",
	}
)

// plain is the chain of transformations that most managed rules share: two decodings, because
// attackers encode twice.
func plain() []string {
	return []string{"URL_DECODE_UNI", "URL_DECODE_UNI", "HTML_ENTITY_DECODE", "LOWERCASE"}
}

// finds is a managed rule that looks for patterns in a part, after the plain transformations.
func finds(name, label string, in api.FieldToMatch, patterns []string) managedRule {
	return managedRule{name: name, label: label, field: in, chain: plain(), patterns: patterns}
}

// exceeds is a managed rule that limits the size of a part.
func exceeds(name, label string, in api.FieldToMatch, size int) managedRule {
	return managedRule{name: name, label: label, statement: &api.Statement{
		SizeConstraint: &api.SizeConstraintStatement{Field: in, Operator: "GT", Size: size},
	}}
}

func findsSQLi(name, label string, in api.FieldToMatch) managedRule {
	return managedRule{name: name, label: label, statement: &api.Statement{
		SQLiMatch: &api.SQLiMatchStatement{
			Field: in, Transformations: []string{"URL_DECODE_UNI"}, Sensitivity: "LOW",
		},
	}}
}

// addressGroups match lists of addresses, which are empty unless somebody fills them.
func addressGroups() []managedGroup {
	return []managedGroup{
		{
			name: "AWSManagedRulesAmazonIpReputationList", label: "amazon-ip-list", capacity: 25,
			rules: []managedRule{
				{name: "AWSManagedIPReputationList", label: "AWSManagedIPReputationList", list: true},
				{name: "AWSManagedReconnaissanceList", label: "AWSManagedReconnaissanceList", list: true},
				{
					name: "AWSManagedIPDDoSList", label: "AWSManagedIPDDoSList", list: true, counts: true,
				},
			},
		}, {
			name: "AWSManagedRulesAnonymousIpList", label: "anonymous-ip-list", capacity: 50,
			rules: []managedRule{
				{name: "AnonymousIPList", label: "AnonymousIPList", list: true},
				{name: "HostingProviderIPList", label: "HostingProviderIPList", list: true},
			},
		},
	}
}
