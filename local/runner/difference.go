package runner

import (
	"reflect"

	"portico/local/gateway/api"
	"portico/local/gateway/firewall"
	"portico/local/provision"
)

// difference says what must be made anew when one app takes the place of another. What is not made
// anew goes on: it depends on nothing that differs.
type difference struct {
	functions bool // functions, and what they are told
	people    bool // roles and users: who may sign calls, and what they may call
	walls     bool // web ACLs, and what they stand before
	pools     bool // user pools
	domains   bool
	apis      bool // what all APIs are compiled with
}

// since returns what differs between an app and the one that is served before it.
func (a *App) since(before *App) difference {
	differs := func(of func(*App) any) bool { return !reflect.DeepEqual(of(a), of(before)) }
	d := difference{
		functions: differs(functionParts),
		people:    differs(func(a *App) any { return []any{a.Roles, a.Users, a.Settings.Principals} }),
		pools:     differs(func(a *App) any { return a.UserPools }),
		domains:   differs(func(a *App) any { return a.Domains }),
		apis: differs(func(a *App) any { return a.Settings }) ||
			differs(func(a *App) any { return sharedParts(a.Application) }),
	}
	d.people = d.people || differs(func(a *App) any { return accountParts(a.Application) })
	d.walls = d.apis || d.pools || differs(func(a *App) any {
		return []any{a.WebACLs, a.PoolWebACLs, a.StageWebACLs}
	})
	d.apis = d.apis || d.pools
	return d
}

// functionParts are what functions are made of, and what their environment tells them.
func functionParts(a *App) any {
	functions := a.Lambda
	functions.Localize = nil
	return []any{functions, a.described(), a.URLs, a.Queues, a.Tables, a.Settings}
}

// accountParts say whose APIs and functions these are.
func accountParts(a provision.Application) any {
	return []any{a.Lambda.Account, a.Lambda.Region, a.Lambda.Partition}
}

// sharedParts are what APIs are compiled of and with. Functions are found per call, roles and users
// are judged by what they may at its time, and domains, log groups and alarms stand beside APIs; of
// web ACLs each API has its own.
func sharedParts(a provision.Application) provision.Application {
	a.Lambda.Functions, a.Lambda.Aliases, a.Lambda.Versions = nil, nil, nil
	a.Lambda.Permissions, a.Lambda.EventSources = nil, nil
	a.Lambda.AsyncConfigurations, a.Lambda.Localize = nil, nil
	a.Queues, a.Tables, a.Roles, a.Users = nil, nil, nil, nil
	a.WebACLs, a.PoolWebACLs, a.StageWebACLs = nil, nil, nil
	a.UserPools, a.Domains, a.LogGroups, a.Alarms, a.Dashboards = nil, nil, nil, nil, nil
	a.Findings = nil
	return a
}

// wallsOf returns the web ACLs before the stages of a REST API, in the order of these.
func (a *App) wallsOf(
	definition api.REST, find func(arn string) *firewall.ACL,
) []*firewall.ACL {
	var all []*firewall.ACL
	for _, stage := range a.guarded(definition).Stages {
		var acl *firewall.ACL
		if stage.WebACL != "" {
			acl = find(stage.WebACL)
		}
		all = append(all, acl)
	}
	return all
}
