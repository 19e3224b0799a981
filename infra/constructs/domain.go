package constructs

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// DomainProps describes a custom domain name in a hosted zone of the account.
type DomainProps struct {
	// Name is the whole name: "partners.dev.example.com". It must lie in the zone.
	Name string
	// Zone and ZoneID are the hosted zone, which is not made here.
	Zone, ZoneID string
	// Truststore is the certificate authorities of mutual TLS, as "s3://bucket/key"; "" lets clients
	// in without a certificate of their own. TruststoreVersion pins the object.
	Truststore, TruststoreVersion string
}

// Domain is a name, a certificate that renews itself and is validated through the zone, and the
// record that leads to the API. Clients speak TLS 1.2 or later. With mutual TLS the API no longer
// answers at its own execute-api address, where no certificate is asked for.
type Domain struct {
	scope constructs.Construct
	props DomainProps
	zone  awsroute53.IHostedZone
}

// NewDomain refuses a name that the zone cannot answer for.
func NewDomain(scope constructs.Construct, props DomainProps) (*Domain, error) {
	if props.Zone == "" || props.ZoneID == "" {
		return nil, fmt.Errorf("domain %q needs the name and the id of a hosted zone", props.Name)
	}
	if !strings.HasSuffix(props.Name, "."+props.Zone) {
		return nil, fmt.Errorf("domain %q does not lie in the hosted zone %q", props.Name, props.Zone)
	}
	if props.Truststore != "" {
		if _, _, ok := bucketAndKey(props.Truststore); !ok {
			return nil, fmt.Errorf("domain %q: the truststore %q is no s3://bucket/key", props.Name,
				props.Truststore)
		}
	}
	parent := constructs.NewConstruct(scope, jsii.String("Domain"))
	zone := awsroute53.HostedZone_FromHostedZoneAttributes(parent, jsii.String("Zone"),
		&awsroute53.HostedZoneAttributes{
			ZoneName: jsii.String(props.Zone), HostedZoneId: jsii.String(props.ZoneID),
		})
	return &Domain{scope: parent, props: props, zone: zone}, nil
}

func bucketAndKey(uri string) (bucket, key string, ok bool) {
	rest, found := strings.CutPrefix(uri, "s3://")
	bucket, key, cut := strings.Cut(rest, "/")
	return bucket, key, found && cut && bucket != "" && key != ""
}

func (d *Domain) certificate() awscertificatemanager.ICertificate {
	return awscertificatemanager.NewCertificate(d.scope, jsii.String("Certificate"),
		&awscertificatemanager.CertificateProps{
			DomainName: jsii.String(d.props.Name),
			Validation: awscertificatemanager.CertificateValidation_FromDns(d.zone),
		})
}

// record leads the name to an API's regional address.
func (d *Domain) record(target awsroute53.IAliasRecordTarget) {
	awsroute53.NewARecord(d.scope, jsii.String("Record"), &awsroute53.ARecordProps{
		Zone: d.zone, RecordName: jsii.String(d.props.Name + "."),
		Target: awsroute53.RecordTarget_FromAlias(target),
	})
}

// ServeREST answers with a stage of a REST API at every path of the name.
func (d *Domain) ServeREST(api *RESTAPI) {
	props := &awsapigateway.DomainNameProps{
		DomainName: jsii.String(d.props.Name), Certificate: d.certificate(),
		EndpointType:   awsapigateway.EndpointType_REGIONAL,
		SecurityPolicy: awsapigateway.SecurityPolicy_TLS_1_2,
	}
	if bucket, key, ok := bucketAndKey(d.props.Truststore); ok {
		props.Mtls = &awsapigateway.MTLSConfig{
			Bucket: awss3.Bucket_FromBucketName(d.scope, jsii.String("Truststore"), jsii.String(bucket)),
			Key:    jsii.String(key), Version: optional(d.props.TruststoreVersion),
		}
		api.API.Node().DefaultChild().(awsapigateway.CfnRestApi).SetDisableExecuteApiEndpoint(true)
	}
	name := awsapigateway.NewDomainName(d.scope, jsii.String("Name"), props)
	awsapigateway.NewBasePathMapping(d.scope, jsii.String("Mapping"),
		&awsapigateway.BasePathMappingProps{
			DomainName: name, RestApi: api.API, Stage: api.API.DeploymentStage(),
		})
	d.record(awsroute53targets.NewApiGatewayDomain(name))
}

// ServeHTTP answers with the stage of an HTTP API.
func (d *Domain) ServeHTTP(api *HTTPAPI) {
	d.serve(api.API, api.Stage)
	if d.props.Truststore != "" {
		api.API.Node().DefaultChild().(awsapigatewayv2.CfnApi).SetDisableExecuteApiEndpoint(true)
	}
}

// ServeWebSocket answers with the stage of a WebSocket API.
func (d *Domain) ServeWebSocket(api *WebSocketAPI) error {
	if d.props.Truststore != "" {
		return fmt.Errorf("domain %q of API %q asks for client certificates: AWS offers mutual TLS to "+
			"REST and HTTP APIs alone", d.props.Name, api.name)
	}
	d.serve(api.API, api.Stage)
	return nil
}

func (d *Domain) serve(api awsapigatewayv2.IApi, stage awsapigatewayv2.IStage) {
	props := &awsapigatewayv2.DomainNameProps{
		DomainName: jsii.String(d.props.Name), Certificate: d.certificate(),
		SecurityPolicy: awsapigatewayv2.SecurityPolicy_TLS_1_2,
	}
	if bucket, key, ok := bucketAndKey(d.props.Truststore); ok {
		props.Mtls = &awsapigatewayv2.MTLSConfig{
			Bucket: awss3.Bucket_FromBucketName(d.scope, jsii.String("Truststore"), jsii.String(bucket)),
			Key:    jsii.String(key), Version: optional(d.props.TruststoreVersion),
		}
	}
	name := awsapigatewayv2.NewDomainName(d.scope, jsii.String("Name"), props)
	awsapigatewayv2.NewApiMapping(d.scope, jsii.String("Mapping"), &awsapigatewayv2.ApiMappingProps{
		Api: api, DomainName: name, Stage: stage,
	})
	d.record(awsroute53targets.NewApiGatewayv2DomainProperties(name.RegionalDomainName(),
		name.RegionalHostedZoneId()))
}

// optional is nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return jsii.String(text)
}
