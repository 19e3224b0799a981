// Package firewall inspects requests by the web ACLs of AWS WAF.
//
// It stands first in the admission of a REST API's calls, before resource policies and authorizers.
// A web ACL is compiled when a deployment is made: rules in the order of their priority, regular
// expressions, address sets, and one view per inspected part of a request and its text
// transformations, which all rules share. Inspect only runs them, in time linear in the request.
//
// It answers nobody: a Verdict says what the web ACL decided, and the API turns that into a reply.
// It keeps no samples, sends no metrics, and knows no CAPTCHA puzzle: without one nobody can hold
// a token, so every request is answered as AWS answers one without.
package firewall
