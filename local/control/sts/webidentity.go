package sts

import (
	"context"
	"net/http"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
)

// assumeRoleWithWebIdentity assumes a role with a token of an OpenID Connect provider; the call is
// not signed.
//
// Unlike AWS: the provider need not be created in IAM first; the trust policy must name it, and its
// keys must be known here.
func (s *Service) assumeRoleWithWebIdentity(
	ctx context.Context, call model.Call,
) (model.Object, error) {
	claims, err := s.options.Host.Claims(ctx, call.Input.Text("WebIdentityToken"))
	if err != nil {
		return nil, model.Refuse("InvalidIdentityToken", http.StatusBadRequest, "%s", err)
	}
	call.AccessKeyID = "" // whoever signed it all the same
	a, err := s.assumption(call, authorize.Credential{})
	if err != nil {
		return nil, err
	}
	provider := strings.TrimPrefix(claims["iss"], "https://")
	account := ""
	if parts := strings.SplitN(a.role.ARN, ":", 6); len(parts) == 6 {
		account = parts[4]
	}
	arn := api.Account{Partition: s.options.Account.Partition, ID: account}.ARN("iam",
		"oidc-provider/"+provider)
	a.federated, a.names = true, []string{arn, provider}
	for _, claim := range []string{"aud", "sub", "amr", "azp"} {
		if value := claims[claim]; value != "" {
			a.conditions[provider+":"+claim] = []string{value}
		}
	}
	a.conditions["aws:FederatedProvider"] = []string{arn}
	for _, action := range a.actions("sts:AssumeRoleWithWebIdentity") {
		if !s.permits(a, action) {
			return nil, accessDenied("Not authorized to perform %s", action)
		}
	}
	out, err := s.open(a)
	if err != nil {
		return nil, err
	}
	out["SubjectFromWebIdentityToken"], out["Audience"] = claims["sub"], claims["aud"]
	out["Provider"] = arn
	return out, nil
}
