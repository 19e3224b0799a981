package accesslog

import (
	"fmt"
	"slices"
	"strings"
)

// httpVariables are the $context variables of HTTP APIs' access logs ("Customize HTTP API access
// logs"); one that ends in a dot goes on with a name of the user's. resourcePath is not on that page,
// but is in many formats, after a tutorial of Terraform's; AWS takes it, and prints "-".
var httpVariables = []string{
	"accountId", "apiId", "authorizer.", "awsEndpointRequestId", "awsEndpointRequestId2",
	"customDomain.basePathMatched", "dataProcessed", "domainName", "domainPrefix", "error.message",
	"error.messageString", "error.responseType", "extendedRequestId", "httpMethod",
	"identity.accountId", "identity.caller", "identity.clientCert.clientCertPem",
	"identity.clientCert.issuerDN", "identity.clientCert.serialNumber",
	"identity.clientCert.subjectDN", "identity.clientCert.validity.notAfter",
	"identity.clientCert.validity.notBefore", "identity.cognitoAuthenticationProvider",
	"identity.cognitoAuthenticationType", "identity.cognitoIdentityId",
	"identity.cognitoIdentityPoolId", "identity.principalOrgId", "identity.sourceIp",
	"identity.user", "identity.userAgent", "identity.userArn", "integration.error",
	"integration.integrationStatus", "integration.latency", "integration.requestId",
	"integration.status", "integrationErrorMessage", "integrationLatency", "integrationStatus",
	"path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "responseLatency",
	"resourcePath", "responseLength", "routeKey", "stage", "status",
}

// maxHTTPFormat is how long the format of an HTTP API may be ("Quotas for configuring and running
// an HTTP API": 3 KB).
const maxHTTPFormat = 3 << 10

// The words of AWS when it refuses to create a stage.
const (
	unsupported  = "The following context variables are not supported"
	unidentified = "Access Log format must include either $context.requestId or " +
		"$context.extendedRequestId"
)

// CompileHTTP is Compile for HTTP APIs, whose stages AWS does not create with a variable that they do
// not have. A variable that they have and a call has no value for prints "-".
func CompileHTTP(format string) (*Format, error) {
	f, err := Compile(format)
	if err != nil {
		return nil, err
	}
	if len(format) > maxHTTPFormat {
		return nil, fmt.Errorf("the format has %d bytes, allowed are %d", len(format), maxHTTPFormat)
	}
	var unknown []string
	identified := false
	for i := range f.pieces {
		name := f.pieces[i].Name
		identified = identified || name == "requestId" || name == "extendedRequestId"
		if reference := "$context." + name; name != "" && !isHTTPVariable(name) &&
			!slices.Contains(unknown, reference) {
			unknown = append(unknown, reference)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s: [%s]", unsupported, strings.Join(unknown, ", "))
	}
	if !identified {
		return nil, fmt.Errorf("%s", unidentified)
	}
	return f, nil
}

func isHTTPVariable(name string) bool {
	return slices.ContainsFunc(httpVariables, func(known string) bool {
		if strings.HasSuffix(known, ".") {
			return strings.HasPrefix(name, known)
		}
		return name == known
	})
}
