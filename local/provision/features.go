package provision

// feature is something AWS does that several properties configure. Whether it is served is said
// here once, and the coverage rules of all these properties follow.
type feature struct {
	served bool
	why    string // it is reported, while it is not served
}

// REST APIs.
var (
	restIAM              = feature{served: true}
	restCognito          = feature{served: true}
	restHTTPProxy        = feature{served: true}
	restHTTP             = feature{served: true}
	restAWS              = feature{served: true}
	restParameterMapping = feature{served: true}
	restContentHandling  = feature{served: true}
	restVPCLink          = feature{served: true}
	restStreaming        = feature{served: true}
	restValidation       = feature{served: true}
	restCache            = feature{served: true}
	restThrottling       = feature{served: true}
	restAccessLogs       = feature{served: true}
	restExecutionLogs    = feature{served: true}
	apiKeys              = feature{served: true}
	usagePlanLimits      = feature{served: true}

	gatewayResponses   = feature{served: true}
	compression        = feature{served: true}
	resourcePolicies   = feature{served: true}
	canaries           = feature{served: true}
	clientCertificates = feature{served: true}
	privateAPIs        = feature{served: true}
	firewall           = feature{served: true}
	globalFirewall     = feature{why: "web ACLs of CloudFront distributions are not evaluated"}
	firewallTokens     = feature{served: true}
	firewallLogs       = feature{served: true}
	firewallMasks      = feature{served: true}
	firewallWatch      = feature{why: "what the rule group knows of clients is AWS's alone; without " +
		"it requests get no labels of tokens (awswaf:managed:token:…) either, as on AWS"}
	injections = feature{served: true, why: "SQLi and XSS are not detected yet"}
)

// HTTP and WebSocket APIs.
var (
	cors                 = feature{served: true}
	httpLambdaAuthorizer = feature{served: true}
	payload1             = feature{served: true}
	v2IAM                = feature{served: true}
	v2HTTPProxy          = feature{served: true}
	v2Services           = feature{served: true}
	v2ParameterMapping   = feature{served: true}
	v2VPCLink            = feature{served: true}
	v2Throttling         = feature{served: true}
	v2AccessLogs         = feature{served: true}
	v2ExecutionLogs      = feature{served: true}
	quickCreate          = feature{served: true}

	v2ClientCertificates = feature{served: true}
	webSocketNonProxy    = feature{served: true}
	webSocketReplies     = feature{served: true}
	webSocketValidation  = feature{served: true}
)

// All kinds of APIs.
var (
	openAPI          = feature{served: true}
	customDomains    = feature{served: true}
	privateDomains   = feature{why: "private custom domain names are not served yet"}
	mutualTLS        = feature{served: true}
	disabledEndpoint = feature{served: true}
	endpointAccess   = feature{why: "strict endpoint access checks are not served yet"}
)

// Functions.
var (
	aliasWeights       = feature{served: true}
	provisioned        = feature{served: true}
	asyncConfiguration = feature{served: true}
	bucketOutcomes     = feature{why: "outcomes of asynchronous calls are not written to S3"}
	eventFilters       = feature{served: true}
	eventStreams       = feature{why: "only event source mappings of SQS queues are polled"}
	layers             = feature{served: true}
	functionURLs       = feature{served: true}
	inlineCode         = feature{served: true}
	images             = feature{why: "container images are not run"}
	managedRuntimes    = feature{served: true}
	jsonLogs           = feature{served: true}
	snapStart          = feature{why: "SnapStart is not served yet"}
	grantConditions    = feature{why: "this condition of a permission is not checked yet; " +
		"the permission grants nothing here"}
	managedInstances = feature{why: "managed instances, durable functions and tenant isolation " +
		"are not served yet"}
)
