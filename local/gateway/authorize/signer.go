package authorize

import (
	"strconv"
	"time"

	"portico/local/gateway/exchange"
)

// Signer is who signed a call, and the access key it was signed with.
type Signer struct {
	Credential
	AccessKeyID string
}

// VerifySigner is VerifySigV4 for those who show the access key too.
func VerifySigner(r *exchange.Request, scope Scope, secrets Secrets, now time.Time) (
	Signer, error,
) {
	asked := &askedSecrets{secrets: secrets}
	credential, err := VerifySigV4(r, scope, asked, now)
	return Signer{Credential: credential, AccessKeyID: asked.id}, err
}

// askedSecrets remembers which access key id was asked for.
type askedSecrets struct {
	secrets Secrets
	id      string
}

var _ Secrets = (*askedSecrets)(nil)

// Secret passes the question on.
func (a *askedSecrets) Secret(accessKeyID string) (Credential, bool) {
	a.id = accessKeyID
	if a.secrets == nil {
		return Credential{}, false
	}
	return a.secrets.Secret(accessKeyID)
}

// Fill writes who signed into the caller of a call.
func (s *Signer) Fill(c *exchange.Caller) {
	c.AccessKey, c.AccountID, c.UserARN = s.AccessKeyID, s.AccountID, s.PrincipalARN
	c.Caller = s.UniqueID()
	c.User, c.PrincipalOrgID = c.Caller, s.OrgID
}

// RequestConditions returns the condition keys that a request gives to policies.
func RequestConditions(r *exchange.Request) map[string][]string {
	at := r.Received.UTC()
	keys := map[string][]string{
		"aws:SecureTransport": {strconv.FormatBool(r.TLS)},
		"aws:CurrentTime":     {at.Format(time.RFC3339)},
		"aws:EpochTime":       {strconv.FormatInt(at.Unix(), 10)},
	}
	for key, value := range map[string]string{
		"aws:SourceIp":  r.SourceIP,
		"aws:UserAgent": r.Header.Get("User-Agent"),
		"aws:Referer":   r.Header.Get("Referer"),
	} {
		if value != "" {
			keys[key] = []string{value}
		}
	}
	return keys
}
