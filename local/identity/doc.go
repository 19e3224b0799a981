// Package identity is a local issuer in the place of Cognito user pools and their domains.
//
// It holds one RSA key per pool, answers the discovery document and the key set, mints the tokens
// that a client would have from Cognito (their iss is the one the template names), and serves what
// a pool's domain does: the sign-in page, the token, userInfo, revocation and logout endpoints.
// Authorizers of the gateway read its keys; nothing else of a call goes through it. Anybody signs
// in under any name: it keeps no passwords, sends no mails, invokes no triggers, and asks no other
// identity provider.
package identity
