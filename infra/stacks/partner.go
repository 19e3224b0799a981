package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/infra/settings"
)

// Partner is the REST API for partners, their webhooks and other services, with the web ACL before
// it and the usage plan of its API keys.
func Partner(a *Application) error {
	stack := a.stack("partner", "REST API for partners, webhooks and services.")
	stack.AddDependency(a.account, jsii.String("the stage writes logs with the account's role"))
	props := constructs.RESTAPIProps{
		Name:         a.prefix() + "-partner",
		Description:  "Orders, for partners and services.",
		StageName:    a.Settings.Environment,
		Variables:    map[string]string{"fulfilmentHost": a.Settings.FulfilmentHost},
		Authorizer:   a.authorizer,
		PortalOrigin: a.Settings.PortalOrigin,
		CacheGB:      a.Settings.CacheGB,
		Throttle:     throttle(a.Settings.Throttle),
		Tracing:      a.Settings.Tracing,
		Logs:         a.logs(),
	}
	routes, err := a.partnerRoutes(stack)
	if err != nil {
		return err
	}
	api, err := constructs.NewRESTAPI(stack, props, routes)
	if err != nil {
		return err
	}
	a.partner = api
	domain, err := a.domain(stack, "partners", true)
	if err != nil {
		return err
	}
	if domain != nil {
		domain.ServeREST(api)
	}
	constructs.NewRelease(stack, api, constructs.ReleaseAlarms(a.prefix(), "partner"))
	a.addPlans(stack, api)
	a.addAdmin(stack, api)
	return constructs.NewFirewall(stack, constructs.FirewallProps{
		Name:             a.prefix() + "-partner",
		StageARN:         *api.API.DeploymentStage().StageArn(),
		BlockedAddresses: a.Settings.BlockedAddresses,
		AddressLimit:     a.Settings.AddressLimit,
		ManagedGroups: []constructs.ManagedGroup{
			{Name: "AWSManagedRulesAmazonIpReputationList"},
			{
				Name: "AWSManagedRulesCommonRuleSet",
				// Webhooks may be larger than the 8 KB that this rule allows.
				CountOnly: []string{"SizeRestrictions_BODY"},
			},
			{Name: "AWSManagedRulesKnownBadInputsRuleSet"},
			{Name: "AWSManagedRulesSQLiRuleSet"},
		},
	})
}

// partnerRoutes lists what partners and services may call.
func (a *Application) partnerRoutes(stack awscdk.Stack) ([]constructs.RESTRoute, error) {
	fulfilment, err := a.fulfilment(stack)
	if err != nil {
		return nil, err
	}
	return append(a.orderRoutes(), []constructs.RESTRoute{
		{
			Method: "GET", Path: "/health", Operation: "GetHealth",
			Access: constructs.Open("load balancers and monitors ask without credentials; " +
				"a constant answers"),
			Integration: constructs.ToHealth(`{"status":"ok","stage":"$context.stage"}`),
			Responses:   constructs.HealthResponses(),
		},
		{
			Method: "POST", Path: "/v1/webhooks/{source}", Operation: "ReceiveWebhook",
			Access: constructs.Authorized(), APIKey: true,
			Model:       webhookModel(),
			Integration: constructs.ToQueue(stack, a.webhooks, webhookTemplates()),
			Responses:   constructs.QueueResponses(),
		},
		fulfilment,
		{
			Method: "GET", Path: "/v1/admin/orders", Operation: "ListAllOrders",
			Access: constructs.SignedByIAM(), Function: a.orderer,
			Parameters: map[string]bool{"querystring.customer": true},
		},
	}...), nil
}

// fulfilment passes calls on to the fulfilment service: over the Internet, or through a VPC link
// where the settings name its load balancer.
func (a *Application) fulfilment(stack awscdk.Stack) (constructs.RESTRoute, error) {
	const url = "https://${stageVariables.fulfilmentHost}/{proxy}"
	route := constructs.RESTRoute{
		Method: "ANY", Path: "/v1/fulfilment/{proxy+}", Operation: "CallFulfilment",
		Access: constructs.Authorized(), APIKey: true,
	}
	b := a.Settings.FulfilmentBalancer
	if b.ARN == "" {
		route.Integration = constructs.ToHost(url)
		return route, nil
	}
	balancer, err := constructs.NewPrivateLoadBalancer(stack, constructs.PrivateLoadBalancerProps{
		Name: a.prefix() + "-fulfilment", ARN: b.ARN,
		Subnets: b.Subnets, SecurityGroups: b.SecurityGroups,
	})
	if err != nil {
		return route, err
	}
	route.Private = constructs.ToPrivateLoadBalancer(balancer, url)
	return route, nil
}

// orderRoutes lists the calls about a partner's own orders.
func (a *Application) orderRoutes() []constructs.RESTRoute {
	return []constructs.RESTRoute{
		{
			Method: "GET", Path: "/v1/orders", Operation: "ListOrders",
			Access: constructs.Authorized(), APIKey: true, Preflight: true,
			Function:   a.orderer,
			Parameters: map[string]bool{"querystring.limit": false, "querystring.after": false},
		},
		{
			Method: "POST", Path: "/v1/orders", Operation: "CreateOrder",
			Access: constructs.Authorized(), APIKey: true, Preflight: true,
			Function:   a.orderer,
			Model:      orderModel(),
			Parameters: map[string]bool{"header.Idempotency-Key": false},
			Throttle:   throttle(a.Settings.WriteThrottle),
		},
		{
			Method: "GET", Path: "/v1/orders/{id}", Operation: "GetOrder",
			Access: constructs.Authorized(), APIKey: true, Preflight: true,
			Function:     a.orderer,
			Parameters:   map[string]bool{"header.Authorization": true},
			CacheSeconds: a.Settings.CacheSeconds,
			CacheKeys:    []string{"path.id", "header.Authorization"},
		},
	}
}

// addPlans creates a usage plan per tier, and one partner's API key of the smallest; AWS makes up the
// key's value. A partner changes tiers by its key's plan, without a deployment.
func (a *Application) addPlans(stack awscdk.Stack, api *constructs.RESTAPI) {
	plan := a.addPlan(api, "", a.Settings.Plan)
	for _, tier := range a.Settings.Tiers {
		a.addPlan(api, tier.Name, a.Settings.Plan.Times(tier.Times))
	}
	plan.AddApiKey(awsapigateway.NewApiKey(stack, jsii.String("Key"), &awsapigateway.ApiKeyProps{
		ApiKeyName:  jsii.String(a.prefix() + "-partner"),
		Description: jsii.String("The first partner."),
		Enabled:     jsii.Bool(true),
	}), nil)
}

// addPlan creates what a partner of a tier may use; "" is the smallest.
func (a *Application) addPlan(
	api *constructs.RESTAPI, tier string, limits settings.Plan,
) awsapigateway.UsagePlan {
	name := a.prefix() + "-partner"
	if tier != "" {
		name += "-" + tier
	}
	return api.API.AddUsagePlan(jsii.String("Plan"+tier), &awsapigateway.UsagePlanProps{
		Name:        jsii.String(name),
		Description: jsii.String("What one partner may use."),
		Throttle:    planThrottle(limits.Throttle),
		Quota: &awsapigateway.QuotaSettings{
			Limit:  jsii.Number(limits.CallsPerDay),
			Period: awsapigateway.Period_DAY,
		},
		ApiStages: &[]*awsapigateway.UsagePlanPerApiStage{{
			Api:   api.API,
			Stage: api.API.DeploymentStage(),
			Throttle: &[]*awsapigateway.ThrottlingPerMethod{{
				Method:   api.Method("POST /v1/orders"),
				Throttle: planThrottle(limits.WriteThrottle),
			}},
		}},
	})
}

// addAdmin creates the role that may list all orders. Who may act in it is decided by the policies of
// the account's own people.
func (a *Application) addAdmin(stack awscdk.Stack, api *constructs.RESTAPI) {
	role := awsiam.NewRole(stack, jsii.String("Admin"), &awsiam.RoleProps{
		RoleName:           jsii.String(a.prefix() + "-partner-admin"),
		Description:        jsii.String("Lists the orders of every customer on the partner API."),
		AssumedBy:          awsiam.NewAccountRootPrincipal(),
		MaxSessionDuration: awscdk.Duration_Hours(jsii.Number(1)),
	})
	api.Method("GET /v1/admin/orders").GrantExecute(role)
}

func planThrottle(t settings.Throttle) *awsapigateway.ThrottleSettings {
	return &awsapigateway.ThrottleSettings{
		RateLimit:  jsii.Number(t.Rate),
		BurstLimit: jsii.Number(t.Burst),
	}
}
