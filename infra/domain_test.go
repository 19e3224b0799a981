package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"portico/infra/settings"
)

// withDomain synthesizes dev in a hosted zone.
func withDomain(t *testing.T, domain settings.Domain) assembly {
	t.Helper()
	return changed(t, func(s *settings.Settings) { s.Domain = domain })
}

// changed synthesizes dev with other settings.
func changed(t *testing.T, change func(*settings.Settings)) assembly {
	t.Helper()
	functions, err := repositorySources()
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := settings.For("dev")
	if err != nil {
		t.Fatal(err)
	}
	change(&chosen)
	if err := chosen.Validate(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	assumed := maps.Clone(*context())
	assumed["aws:cdk:bundling-stacks"] = []string{}
	app := awscdk.NewApp(&awscdk.AppProps{Context: &assumed, Outdir: &dir})
	if err := write(app, chosen, functions); err != nil {
		t.Fatal(err)
	}
	a, err := readAssembly(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEveryAPIHasANameInTheZone(t *testing.T) {
	a := withDomain(t, settings.Domain{
		Zone: "dev.example.com", ZoneID: "Z0123456789", Truststore: "s3://trust/partners.pem",
		TruststoreVersion: "7",
	})
	rest := a.of("AWS::ApiGateway::DomainName")[0]
	for path, want := range map[string]string{
		"DomainName": "partners.dev.example.com", "SecurityPolicy": "TLS_1_2",
	} {
		if got := rest.at(path); got != want {
			t.Errorf("the REST API: %s = %v, want %s", path, got, want)
		}
	}
	trust := text(rest.at("MutualTlsAuthentication"))
	if trust != `{"TruststoreUri":"s3://trust/partners.pem","TruststoreVersion":"7"}` {
		t.Errorf("mutual TLS is %s", trust)
	}
	if a.of("AWS::ApiGateway::RestApi")[0].at("DisableExecuteApiEndpoint") != true {
		t.Error("the REST API answers without a client certificate at its own address")
	}
	var names []string
	for _, r := range a.of("AWS::ApiGatewayV2::DomainName") {
		names = append(names, r.at("DomainName").(string))
		if !strings.Contains(text(r.Properties), `"SecurityPolicy":"TLS_1_2"`) {
			t.Errorf("%s takes old TLS: %s", r.ID, text(r.Properties))
		}
	}
	if got := strings.Join(names, " "); got != "api.dev.example.com live.dev.example.com" {
		t.Errorf("names are %s", got)
	}
	for kind, want := range map[string]int{
		"AWS::Route53::RecordSet": 3, "AWS::CertificateManager::Certificate": 3,
		"AWS::ApiGatewayV2::ApiMapping": 2, "AWS::ApiGateway::BasePathMapping": 1,
	} {
		if got := len(a.of(kind)); got != want {
			t.Errorf("there are %d %s, want %d", got, kind, want)
		}
	}
}

func TestWithoutAZoneThereIsNoDNS(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		for _, kind := range []string{
			"AWS::Route53::RecordSet", "AWS::CertificateManager::Certificate",
			"AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName",
		} {
			if found := a.of(kind); len(found) > 0 {
				t.Errorf("%s has %s", environment, found[0].ID)
			}
		}
	}
}
