package firewall

import (
	"net/netip"
	"strconv"
)

// Rate is a rate-based rule whose limit a request exceeded, in the words of AWS's logs.
type Rate struct {
	ID      string      `json:"rateBasedRuleId"`
	Name    string      `json:"rateBasedRuleName"`
	Key     string      `json:"limitKey"`
	Value   string      `json:"limitValue,omitempty"`
	Limit   int         `json:"maxRateAllowed"`
	Window  string      `json:"evaluationWindowSec"`
	Customs []RateValue `json:"customValues,omitempty"`
}

// RateValue is a part of the key that requests were counted by.
type RateValue struct {
	Key   string `json:"key"` // HEADER, QUERY_ARGUMENT, IP, …
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// logKeys are AWS's names of custom keys in logs.
//
// Unlike AWS: those of ASN and fingerprints are guesses.
var logKeys = map[string]string{
	"Header": "HEADER", "Cookie": "COOKIE", "QueryArgument": "QUERY_ARGUMENT",
	"QueryString": "QUERY_STRING", "HTTPMethod": "HTTP_METHOD", "UriPath": "URI_PATH",
	"LabelNamespace": "LABEL_NAMESPACE", "IP": "IP", "ForwardedIP": "FORWARDED_IP", "ASN": "ASN",
	"JA3Fingerprint": "JA3_FINGERPRINT", "JA4Fingerprint": "JA4_FINGERPRINT",
}

// rate tells of a request over the limit.
func (n *rateNode) rate(in *inspection) Rate {
	made := Rate{
		ID: n.name, Name: n.name, Key: n.def.KeyType, Limit: n.limit,
		Window: strconv.Itoa(n.def.Window),
	}
	if n.def.KeyType != "CUSTOM_KEYS" {
		for _, read := range n.keys {
			part, _ := read(in)
			made.Value = addressText(part)
		}
		return made
	}
	made.Key = "CUSTOMKEYS"
	for i, read := range n.keys {
		def := &n.def.Keys[i]
		part, outcome := read(in)
		if outcome != keyRead {
			continue
		}
		if def.Kind == "IP" || def.Kind == "ForwardedIP" {
			part = addressText(part)
		}
		made.Customs = append(made.Customs, RateValue{
			Key: logKeys[def.Kind], Name: def.Name, Value: part,
		})
	}
	return made
}

func addressText(raw string) string {
	if address, ok := netip.AddrFromSlice([]byte(raw)); ok {
		return address.String()
	}
	return ""
}
