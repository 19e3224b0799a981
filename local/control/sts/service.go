// Package sts is what AWS Security Token Service (sts, 2011-06-15) does, as far as clients need it:
// it tells who signs, and hands out sessions of roles and of users.
//
// The door of local/control hands it the inputs of operations. Who may assume a role is judged
// here, by the role's trust policy and, through the Host, by the caller's own policies; sessions
// are kept until they expire, and handed to the Host, whose APIs take calls that they sign. What a
// session may do is not decided here: it is what its role may.
package sts

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/authorize"
)

// region is where sessions are kept: they are good in every region.
const region = "global"

// Host knows who there is, and takes calls that sessions sign.
type Host interface {
	// Caller returns whom an access key stands for; ok is false for a key that nobody has.
	Caller(accessKeyID string) (c authorize.Credential, ok bool)
	// Role returns a role, created or of the template.
	Role(arn string) (Role, bool)
	// Allows says what the caller's own policies say of an action.
	Allows(caller authorize.Credential, action, resource string) (allowed, denied bool)
	// Recognise lets these sessions sign calls, and no others.
	Recognise(sessions []Session)
	// Claims verifies a token of an OpenID Connect provider, and returns what it says.
	Claims(ctx context.Context, token string) (map[string]string, error)
}

// Role is a role that may be assumed.
type Role struct {
	ARN        string
	Trust      json.RawMessage // who may
	MaxSession time.Duration
	Tags       map[string]string
}

// Session are temporary credentials.
type Session struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	// PrincipalARN is the session's own, of the role IdentityOf; "" of that for a user's session.
	PrincipalARN, IdentityOf string
	Account                  string
	Expires                  time.Time
	Tags                     map[string]string // given to the session
	Transitive               []string          // keys of tags that sessions inherit which it makes
	SourceIdentity           string
}

// Options say where sessions are kept, and who takes them.
type Options = state.Options[Host]

// world are all sessions, by access key id.
type world struct{ Sessions map[string]Session }

func newWorld() *world { return &world{Sessions: map[string]Session{}} }

// Service answers the operations of STS.
type Service struct {
	options Options
	store   *state.Store[world]
}

// Open restores the sessions that were handed out before; Refresh has them taken again.
func Open(o Options) (*Service, error) {
	if err := o.Check("STS"); err != nil {
		return nil, err
	}
	store, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	return &Service{options: o, store: store}, nil
}

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	return model.Handlers{
		"AssumeRole":                s.assumeRole,
		"AssumeRoleWithWebIdentity": s.assumeRoleWithWebIdentity,
		"GetAccessKeyInfo":          s.getAccessKeyInfo,
		"GetCallerIdentity":         s.getCallerIdentity,
		"GetSessionToken":           s.getSessionToken,
	}
}

// Refresh hands the sessions to the host anew.
func (s *Service) Refresh() error { return s.serve(s.store.Read(region)) }

// Reset ends every session.
func (s *Service) Reset() error {
	s.options.Host.Recognise(nil)
	return s.store.Reset()
}

func (s *Service) serve(w *world) error {
	sessions := make([]Session, 0, len(w.Sessions))
	for _, one := range w.Sessions {
		sessions = append(sessions, one)
	}
	s.options.Host.Recognise(sessions)
	return nil
}

// issue makes the secrets of a session, and has it taken.
func (s *Service) issue(made Session, lasts time.Duration) (Session, error) {
	now := s.options.Clock.Now()
	made.AccessKeyID, made.SecretAccessKey = model.NewAccessKey("ASIA")
	made.SessionToken = model.NewSecret(240)
	made.Expires = now.Add(lasts).Truncate(time.Second)
	return made, s.store.Write(region, func(draft *world) error {
		for id, one := range draft.Sessions {
			if !now.Before(one.Expires) {
				delete(draft.Sessions, id)
			}
		}
		draft.Sessions[made.AccessKeyID] = made
		return nil
	}, s.serve)
}

// credentials returns what a client is told of a session.
func (s *Session) credentials() model.Object {
	return model.Object{
		"AccessKeyId": s.AccessKeyID, "SecretAccessKey": s.SecretAccessKey,
		"SessionToken": s.SessionToken, "Expiration": s.Expires.UTC().Format("2006-01-02T15:04:05Z"),
	}
}

func accessDenied(format string, args ...any) error {
	return model.Refuse("AccessDenied", http.StatusForbidden, format, args...)
}

func validationError(format string, args ...any) error {
	return model.Refuse("ValidationError", http.StatusBadRequest, format, args...)
}
