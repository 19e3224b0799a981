// Package identity is a local issuer in the place of Cognito user pools.
//
// It holds one RSA key per pool, answers the discovery document, the key set and the
// client-credentials grant, and mints the tokens that a client would have from Cognito: their iss
// is the one the template names. Authorizers of the gateway read its keys; nothing else of a call
// goes through it. It keeps no users and no passwords, and has no sign-in pages.
package identity
