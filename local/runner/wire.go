package runner

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"strings"
	"sync"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
	"portico/local/lambda"
)

// apiGateway is the principal that resource policies of functions grant to.
const apiGateway = "apigateway.amazonaws.com"

// invoker lets the gateway reach the functions of the app.
type invoker struct{ functions *lambda.Service }

var _ exchange.Invoker = invoker{}

// Invoke runs a function for API Gateway.
func (i invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	input := lambda.Input{
		FunctionARN: in.FunctionARN,
		Payload:     in.Payload,
		Async:       in.Async,
		Trace:       in.Trace,
		SourceARN:   in.SourceARN,
	}
	if in.SourceARN != "" {
		input.Principal = apiGateway
	}
	out, err := i.functions.Invoke(ctx, input)
	if err != nil {
		var refused *lambda.Error
		if errors.As(err, &refused) {
			err = &exchange.InvokeError{
				Code: refused.Code, Status: refused.Status, Message: refused.Message,
			}
		}
		return exchange.Invoked{}, err
	}
	return exchange.Invoked{
		Payload:         out.Payload,
		FunctionError:   out.FunctionError,
		ExecutedVersion: out.ExecutedVersion,
		RequestID:       out.RequestID,
	}, nil
}

// credentials makes and recognises the keys of execution roles: the same for as long as the state
// folder lives, different in every other.
type credentials struct {
	seed []byte

	mu    sync.RWMutex                    // guards roles
	roles map[string]authorize.Credential // by access key id
}

func newCredentials(seed []byte) *credentials {
	return &credentials{seed: seed, roles: map[string]authorize.Credential{}}
}

// issue returns the keys of a function's role.
func (c *credentials) issue(account string, f lambda.Function) lambda.Credentials {
	role := f.Role
	id := "ASIA" + c.derive("id", role+f.Name)[:16]
	keys := lambda.Credentials{
		AccessKeyID:     id,
		SecretAccessKey: c.secret("secret", role+f.Name),
		SessionToken:    c.secret("token", role+f.Name),
	}
	name := role[strings.LastIndexByte(role, '/')+1:]
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roles[id] = authorize.Credential{
		SecretAccessKey: keys.SecretAccessKey,
		SessionToken:    keys.SessionToken,
		PrincipalARN:    "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + f.Name,
		AccountID:       account,
	}
	return keys
}

func (c *credentials) derive(kind, subject string) string {
	return base32.StdEncoding.EncodeToString(c.sum(kind, subject))
}

func (c *credentials) secret(kind, subject string) string {
	return base64.RawStdEncoding.EncodeToString(c.sum(kind, subject))[:40]
}

func (c *credentials) sum(kind, subject string) []byte {
	mac := hmac.New(sha256.New, c.seed)
	mac.Write([]byte(kind + "\x00" + subject))
	return mac.Sum(nil)
}

// Secret returns the credential of an access key id.
func (c *credentials) Secret(accessKeyID string) (authorize.Credential, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	credential, ok := c.roles[accessKeyID]
	return credential, ok
}
