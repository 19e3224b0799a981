// Package firewall inspects requests by the web ACLs of AWS WAF.
//
// It stands first in the admission of a REST API's calls, before resource policies and authorizers,
// and before the sign-in pages of user pools. A web ACL is compiled when a deployment is made:
// rules in the order of their priority, regular expressions, address sets, and one view per
// inspected part of a request and its text transformations, which all rules share. Inspect only
// runs them, in time linear in the request.
//
// It answers nobody: a Verdict says what the web ACL decided, and whoever asked turns that into a
// reply, also one that is a page with a CAPTCHA or a challenge. Log makes the record of AWS WAF's
// log, and writes it nowhere; Samples tells of some requests of the last three hours. It sends no
// metrics.
//
// A request may hold anything, and no rule becomes slow for it: expressions are those of package
// regexp, and run where a scanner found a text that their matches cannot be without.
package firewall
