package httpapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/policy"
)

// The actions that a call of a function URL needs, both of them ("Control access to Lambda function
// URLs": since October 2025).
const (
	invokeFunctionURL = "lambda:InvokeFunctionUrl"
	invokeFunction    = "lambda:InvokeFunction"
)

// authorize asks the policies whether the caller may invoke the function. Its resource policy is
// always in effect, with AuthType NONE too.
func (u *FunctionURL) authorize(_ context.Context, c *urlCall) error {
	c.Note("authorization", u.def.AuthType)
	conditions := authorize.RequestConditions(c.request)
	conditions["lambda:FunctionUrlAuthType"] = []string{u.def.AuthType}
	conditions["lambda:InvokedViaFunctionUrl"] = []string{"true"}
	if u.def.AuthType == authorizationNone {
		return u.authorizeAnyone(c, conditions)
	}
	return u.authorizeSigner(c, conditions)
}

func (u *FunctionURL) authorizeAnyone(c *urlCall, conditions map[string][]string) error {
	if u.policy == nil {
		return urlForbidden("function " + u.def.FunctionARN + " has no resource policy: a URL with " +
			"AuthType NONE needs permissions for " + invokeFunctionURL + " and " + invokeFunction +
			` with the principal "*"`)
	}
	for _, action := range []string{invokeFunctionURL, invokeFunction} {
		request := policy.Request{
			Action: action, Resource: u.def.FunctionARN, Conditions: maps.Clone(conditions),
		}
		decision := u.policy.Evaluate(request)
		if decision.Effect != policy.Allow {
			why := u.policy.Explain(request)
			return urlForbidden(fmt.Sprintf("%s by anyone: the resource policy of %s: %s", action,
				u.def.FunctionARN, why))
		}
		c.Note(action, "statement "+decision.Statement)
	}
	return nil
}

func (u *FunctionURL) authorizeSigner(c *urlCall, conditions map[string][]string) error {
	scope := authorize.Scope{Region: u.def.Account.Region, Service: "lambda"}
	now := clock.Unmoved(u.deps.Clock).Now()
	signer, err := authorize.VerifySigner(c.request, scope, u.deps.Secrets, now)
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		return urlUnsigned(wrong)
	}
	if err != nil {
		return err
	}
	c.Note("principal", signer.PrincipalARN)
	for _, action := range []string{invokeFunctionURL, invokeFunction} {
		decision := u.deps.Principals.Decide(authorize.IAMCall{
			Action: action, Resource: u.def.FunctionARN, Caller: signer.Credential,
			APIAccount: u.def.Account.ID, Conditions: conditions, ResourcePolicy: u.policy,
		})
		if !decision.Allowed {
			return urlForbidden(action + " on " + u.def.FunctionARN + " by " + signer.PrincipalARN +
				": " + decision.Why)
		}
		c.Note(action, decision.Why)
	}
	signer.Fill(&c.vars.Caller)
	c.vars.AccountID, c.signed = u.def.Account.ID, true
	return nil
}

// urlUnsigned answers a call whose signature does not hold. One without a signature is told what
// those without a permission are; the others are told what is wrong, without the texts that the
// signature was calculated from.
func urlUnsigned(wrong *authorize.SignatureError) error {
	if wrong.Type == "MissingAuthenticationTokenException" {
		return urlForbidden("the call is not signed, and the URL has AuthType AWS_IAM")
	}
	message, _, _ := strings.Cut(wrong.Message, "\n\n")
	return urlBadSignature(wrong.Type, message, "the signature does not hold: "+wrong.Error())
}
