package sts

import (
	"context"
	"net/http"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
)

// caller returns who signs a call: whoever has the key, else the account's root, because any
// credentials are taken.
func (s *Service) caller(call model.Call) (authorize.Credential, error) {
	found, known := s.options.Host.Caller(call.AccessKeyID)
	if !known {
		return authorize.Credential{
			AccountID:    call.Account,
			PrincipalARN: s.root(call.Account),
		}, nil
	}
	if !found.Expires.IsZero() && !s.options.Clock.Now().Before(found.Expires) {
		return found, model.Refuse("ExpiredToken", http.StatusForbidden,
			"The security token included in the request is expired")
	}
	return found, nil
}

// root returns the ARN of the root of an account.
func (s *Service) root(account string) string {
	return api.Account{Partition: s.options.Account.Partition, ID: account}.ARN("iam", "root")
}

func isRoot(c *authorize.Credential) bool { return strings.HasSuffix(c.PrincipalARN, ":root") }

func isSession(c *authorize.Credential) bool {
	return strings.Contains(c.PrincipalARN, ":assumed-role/")
}

func (s *Service) getCallerIdentity(_ context.Context, call model.Call) (model.Object, error) {
	caller, err := s.caller(call)
	if err != nil {
		return nil, err
	}
	id := caller.UniqueID()
	if isRoot(&caller) {
		id = caller.AccountID
	}
	return model.Object{
		"UserId": id, "Account": caller.AccountID, "Arn": caller.PrincipalARN,
	}, nil
}

// getAccessKeyInfo answers whose account a key is of.
//
// Unlike AWS: a key that nobody has here is the account's own.
func (s *Service) getAccessKeyInfo(_ context.Context, call model.Call) (model.Object, error) {
	account := call.Account
	if found, known := s.options.Host.Caller(call.Input.Text("AccessKeyId")); known {
		account = found.AccountID
	}
	return model.Object{"Account": account}, nil
}

// How long sessions of users last, and of the account's root at most.
const (
	userSession = 12 * time.Hour
	rootSession = time.Hour
)

func (s *Service) getSessionToken(_ context.Context, call model.Call) (model.Object, error) {
	caller, err := s.caller(call)
	switch {
	case err != nil:
		return nil, err
	case isSession(&caller) || caller.SessionToken != "":
		return nil, accessDenied("Cannot call GetSessionToken with session credentials")
	case call.Input.Has("SerialNumber") || call.Input.Has("TokenCode"):
		return nil, noDevice()
	}
	lasts := userSession
	if call.Input.Has("DurationSeconds") {
		lasts = time.Duration(call.Input.Int("DurationSeconds")) * time.Second
	}
	if isRoot(&caller) {
		lasts = min(lasts, rootSession)
	}
	made, err := s.issue(Session{
		PrincipalARN: caller.PrincipalARN, Account: caller.AccountID,
	}, lasts)
	if err != nil {
		return nil, err
	}
	return model.Object{"Credentials": made.credentials()}, nil
}

// noDevice refuses codes: nobody has a device that makes them.
func noDevice() error {
	return accessDenied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
}
