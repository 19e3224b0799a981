// Package provision turns the evaluated resources of a template into definitions: of APIs,
// functions, user pools, tables and queues.
//
// It stands before every call: the runner hands the definitions it makes to the API packages, to
// lambda, identity and services. One file per resource family reads the properties, fills in AWS's
// defaults, and declares beside the reading which property is honoured (the coverage table). It
// evaluates no intrinsic function and runs nothing; integration and authorizer URIs stay as written,
// because stage variables in them are only known per call.
package provision

import (
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
	"portico/local/identity"
	"portico/local/lambda"
	"portico/local/services"
	"portico/local/services/queues"
)

// Options are what a template does not say.
type Options struct {
	// FunctionSources gives the Go package folder of functions whose metadata names none, by function
	// name, logical id or construct id.
	FunctionSources map[string]string
	// Root is the folder that relative source folders start from; "" is the parent of the assembly's.
	Root string
	// Documents gives files for OpenAPI documents that a BodyS3Location names, by "bucket/key".
	Documents map[string]string
	// Published returns the versions that earlier deployments have left of a function; nil has none.
	Published func(functionARN string) []string
	// Deployed says whether an earlier deployment of a template has left a deployment of a REST API,
	// which stages may point to although no resource of this one is it; nil has none.
	Deployed func(apiID, deploymentID string) bool
	// Partition is the AWS partition; "" derives it from each stack's region.
	Partition string
	// Unfinished takes what a management API lets stand, and CloudFormation does not: routes that lead
	// nowhere yet, and settings of routes that a stage's deployment may still have.
	Unfinished bool
}

// Application is everything the templates describe that runs here.
type Application struct {
	REST      []api.REST
	HTTP      []api.HTTP
	URLs      []api.FunctionURL // of functions
	WebSocket []api.WebSocket
	Lambda    lambda.Configuration
	UserPools []identity.UserPool
	Tables    []services.Table
	Queues    []queues.Queue
	Roles     []Principal
	Users     []Principal
	WebACLs   []api.WebACL // of regional resources; stages of REST APIs name theirs by ARN
	// PoolWebACLs are the ARNs of the web ACLs that protect user pools, by the pool's ARN.
	PoolWebACLs map[string]string
	// StageWebACLs are those that protect stages of REST APIs and stand in no definition of one, by
	// the stage's ARN.
	StageWebACLs map[string]string
	Domains      []api.Domain // custom domain names, with what they lead to
	LogGroups    []LogGroup
	Alarms       []Alarm
	Dashboards   []Dashboard
	// Findings are what the OpenAPI documents of APIs hold that has no effect here; Coverage cannot
	// know them.
	Findings []coverage.Finding
}

// Read turns the resources of an assembly into definitions. Its error joins one Problem for each
// mistake found; the application is then nil.
func Read(a *cloudformation.Assembly, o Options) (*Application, error) {
	r := &reader{assembly: a, options: o}
	app := &Application{Lambda: r.functions()}
	app.REST = r.restAPIs()
	app.HTTP, app.WebSocket = r.v2APIs()
	app.URLs = r.functionURLs(app.Lambda)
	app.UserPools = r.userPools()
	app.Tables = r.tables()
	app.Queues = r.queues()
	app.Lambda.EventSources = r.eventSources(app.Lambda, app.Queues)
	app.Roles, app.Users = r.principals()
	app.WebACLs = r.readWebACLs()
	app.PoolWebACLs = r.poolWebACLs(app.UserPools)
	app.Domains = r.domains(app)
	app.LogGroups, app.Alarms, app.Dashboards = r.logGroups(), r.alarms(), r.dashboards()
	app.Findings = r.findings
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return app, nil
}

// Coverage says of every property of the known resource types whether it is honoured here.
func Coverage() coverage.Table {
	table := coverage.Table{}
	for _, family := range families() {
		for resourceType, rules := range family {
			table[resourceType] = append(table[resourceType], rules...)
		}
	}
	return table
}

// families lists the tables of the files of this package.
func families() []coverage.Table {
	return []coverage.Table{
		restCoverage(), restMethodCoverage(), restAuthorizerCoverage(), restStageCoverage(),
		restPartsCoverage(), usagePlanCoverage(), v2Coverage(), v2RouteCoverage(),
		v2IntegrationCoverage(), v2AuthorizerCoverage(), v2StageCoverage(), domainCoverage(),
		functionCoverage(), functionPartsCoverage(), functionURLCoverage(), quickCreateCoverage(),
		firewallCoverage(), cognitoCoverage(), eventSourceCoverage(),
		dynamoDBCoverage(), sqsCoverage(), iamCoverage(), observabilityCoverage(),
		otherCoverage(),
	}
}

// reader goes through one assembly.
type reader struct {
	assembly *cloudformation.Assembly
	options  Options
	problems problems
	findings []coverage.Finding
	keys     map[string][]api.APIKey // of usage plans, once they are read
}

// account says where a resource lives.
func (r *reader) account(of *cloudformation.Resource) api.Account {
	return api.Account{
		ID: of.Stack.Account, Region: of.Stack.Region, Partition: r.partition(of.Stack.Region),
	}
}

func (r *reader) partition(region string) string {
	switch {
	case r.options.Partition != "":
		return r.options.Partition
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
