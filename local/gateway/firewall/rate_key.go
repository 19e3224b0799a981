package firewall

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

// keyOutcome says what a request has of a part of the aggregate key.
type keyOutcome int8

const (
	keyRead    keyOutcome = iota
	keyMissing            // the request lacks it
	keyMatches            // a fallback behaviour decides that the statement matches
)

// rateKey reads a part of the aggregate key.
type rateKey func(in *inspection) (part string, outcome keyOutcome)

func addressKey(in *inspection) (string, keyOutcome) {
	return string(in.client.AsSlice()), keyRead
}

// forwardedKey reads the first address of a header.
func forwardedKey(config *api.ForwardedIP) (rateKey, error) {
	if config == nil {
		return nil, errors.New("forwarded addresses as aggregate key want a forwarded IP configuration")
	}
	from, err := compileForwarded(&api.ForwardedIP{
		Header: config.Header, Fallback: config.Fallback, Position: "FIRST",
	})
	if err != nil {
		return nil, err
	}
	return func(in *inspection) (string, keyOutcome) {
		all, present, valid := from.addresses(in)
		switch {
		case !present:
			return "", keyMissing
		case valid:
			return string(all[0].AsSlice()), keyRead
		case from.fallback:
			return "", keyMatches
		}
		return "", keyMissing
	}, nil
}

// customKeys compiles the parts of a custom aggregate key.
func (c *compiler) customKeys(s *api.RateBasedStatement) ([]rateKey, error) {
	if len(s.Keys) == 0 || len(s.Keys) > maxRateKeys {
		return nil, fmt.Errorf("%d custom keys, allowed are 1 to %d", len(s.Keys), maxRateKeys)
	}
	if kind := s.Keys[0].Kind; len(s.Keys) == 1 && (kind == "IP" || kind == "ForwardedIP") {
		return nil, fmt.Errorf("the custom key %s wants another beside it: "+
			"AWS has the aggregate key types IP and FORWARDED_IP for it alone", kind)
	}
	keys := make([]rateKey, len(s.Keys))
	for i := range s.Keys {
		c.capacity += 30
		var err error
		if keys[i], err = c.customKey(&s.Keys[i], s.ForwardedIP); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// keyFields are the parts of a request that a custom key may be, by AWS's names of keys.
var keyFields = map[string]string{
	"Header": "SingleHeader", "QueryArgument": "SingleQueryArgument", "QueryString": "QueryString",
	"HTTPMethod": "Method", "UriPath": "UriPath", "Cookie": "Cookies",
	"JA3Fingerprint": "JA3Fingerprint", "JA4Fingerprint": "JA4Fingerprint",
}

func (c *compiler) customKey(def *api.RateKey, config *api.ForwardedIP) (rateKey, error) {
	switch def.Kind {
	case "IP":
		return addressKey, nil
	case "ForwardedIP":
		return forwardedKey(config)
	case "ASN":
		return func(in *inspection) (string, keyOutcome) {
			place, _ := in.acl.places.find(in.client)
			return strconv.Itoa(place.ASN), keyRead
		}, nil
	case "LabelNamespace":
		return namespaceKey(c.qualified(def.Name)), nil
	}
	kind, ok := keyFields[def.Kind]
	if !ok {
		return nil, fmt.Errorf("custom key %q is unknown", def.Kind)
	}
	field := api.FieldToMatch{Kind: kind, Name: def.Name, Fallback: def.Fallback}
	if kind == "Cookies" {
		field = api.FieldToMatch{
			Kind: kind, Pattern: "Included", Names: []string{def.Name}, Scope: "VALUE",
		}
	}
	index, err := c.view(field, def.Transformations)
	if err != nil {
		return nil, fmt.Errorf("custom key %s: %w", def.Kind, err)
	}
	return func(in *inspection) (string, keyOutcome) {
		s := in.see(index)
		switch {
		case s.forced == forcedMatch:
			return "", keyMatches
		case len(s.values) == 0:
			return "", keyMissing
		}
		return s.values[0], keyRead
	}, nil
}

// namespaceKey reads the labels of a namespace.
func namespaceKey(namespace string) rateKey {
	return func(in *inspection) (string, keyOutcome) {
		var found []string
		for _, label := range in.verdict.Labels {
			if strings.HasPrefix(label, namespace) {
				found = append(found, label)
			}
		}
		if found == nil {
			return "", keyMissing
		}
		slices.Sort(found)
		return strings.Join(found, " "), keyRead
	}
}
