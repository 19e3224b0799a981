package firewall

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"portico/local/gateway/api"
)

// redacted is what a log has in the place of what it must not tell.
const redacted = "REDACTED"

// masks are what keeps parts of requests out of the log: the redacted fields of the logging
// configuration, which hide a part whole, and the data protection of the web ACL.
//
// Unlike AWS: names are compared without regard to case, also those of cookies, and what is
// redacted is hidden in the keys of rate-based rules too. Both are guesses that hide more.
type masks struct {
	redactions []api.FieldToMatch
	protected  []protection
	account    string // what hashes begin with
}

// protection is the protection of one part.
type protection struct {
	field     string
	keys      []string // nil for every one
	how       hiding
	bareRates bool // not in the keys of rate-based rules
}

// hiding is how a part is hidden, the stricter the higher: of two, the stricter holds ("Data
// protection limitations").
type hiding int8

const (
	shown hiding = iota
	hashed
	substituted
)

// The limits of DataProtectionConfig.
const (
	maxProtections    = 26
	maxProtectedKeys  = 100
	maxProtectedWidth = 64
)

// protectedFields are the parts that can be protected, and whether they have names.
var protectedFields = []struct {
	field string
	named bool
}{
	{"SINGLE_HEADER", true},
	{"SINGLE_COOKIE", true},
	{"SINGLE_QUERY_ARGUMENT", true},
	{"QUERY_STRING", false},
	{"BODY", false},
}

// compileMasks reads what a web ACL's log may not tell.
//
// Bodies, and the words that a rule found, are in no record here, so their protection has nothing to
// hide, and ExcludeRuleMatchDetails nothing to show.
func compileMasks(def *api.WebACL) (masks, error) {
	made := masks{account: def.Account.ID}
	if def.Log != nil {
		made.redactions = def.Log.Redacted
	}
	for _, field := range made.redactions {
		switch field.Kind {
		case "UriPath", "QueryString", "Method", "SingleHeader":
		default:
			return made, fmt.Errorf("redacted field %q, allowed are UriPath, QueryString, "+
				"SingleHeader, Method", field.Kind)
		}
	}
	if len(def.Protected) > maxProtections {
		return made, fmt.Errorf("%d data protections, allowed are %d", len(def.Protected),
			maxProtections)
	}
	for i := range def.Protected {
		one, err := compileProtection(&def.Protected[i])
		if err != nil {
			return made, fmt.Errorf("data protection %d: %w", i+1, err)
		}
		made.protected = append(made.protected, one)
	}
	return made, nil
}

// compileProtection reads one. That a part without names takes no keys is a guess.
func compileProtection(def *api.DataProtection) (protection, error) {
	made := protection{field: def.Field, keys: def.Keys, bareRates: def.ExcludeRateBasedDetails}
	switch def.Action {
	case "HASH":
		made.how = hashed
	case "SUBSTITUTION":
		made.how = substituted
	default:
		return made, fmt.Errorf("action %q, allowed are SUBSTITUTION, HASH", def.Action)
	}
	known, named := false, false
	for _, one := range protectedFields {
		if one.field == def.Field {
			known, named = true, one.named
		}
	}
	switch {
	case !known:
		return made, fmt.Errorf("field type %q, allowed are SINGLE_HEADER, SINGLE_COOKIE, "+
			"SINGLE_QUERY_ARGUMENT, QUERY_STRING, BODY", def.Field)
	case !named && len(def.Keys) > 0:
		return made, fmt.Errorf("%s has no names, so it takes no keys", def.Field)
	case len(def.Keys) > maxProtectedKeys:
		return made, fmt.Errorf("%d keys, allowed are %d", len(def.Keys), maxProtectedKeys)
	}
	for _, key := range def.Keys {
		if strings.TrimSpace(key) == "" || utf8.RuneCountInString(key) > maxProtectedWidth {
			return made, fmt.Errorf("key %q: want 1 to %d characters", key, maxProtectedWidth)
		}
	}
	return made, nil
}

// redacted says whether a part is redacted whole.
func (m *masks) redacted(kind, name string) bool {
	return slices.ContainsFunc(m.redactions, func(field api.FieldToMatch) bool {
		return field.Kind == kind && strings.EqualFold(field.Name, name)
	})
}

// about returns how a part is hidden. A name of "" asks for the strictest of all names; inRates asks
// for the keys of rate-based rules.
func (m *masks) about(field, name string, inRates bool) hiding {
	how := shown
	for i := range m.protected {
		p := &m.protected[i]
		if p.field != field || inRates && p.bareRates {
			continue
		}
		named := name == "" || len(p.keys) == 0 || slices.ContainsFunc(p.keys, func(key string) bool {
			return strings.EqualFold(key, name)
		})
		if named {
			how = max(how, p.how)
		}
	}
	return how
}

// hide returns what a log tells of a text. A hash is the Base64 of the SHA-256 of account and text
// ("Data protection").
func (m *masks) hide(how hiding, text string) string {
	switch how {
	case substituted:
		return redacted
	case hashed:
		sum := sha256.Sum256([]byte(m.account + text))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return text
}

// header returns what the log tells of a header line. Of a protected cookie header it tells the
// names of the cookies.
func (m *masks) header(name, value string) string {
	if m.redacted("SingleHeader", name) {
		return redacted
	}
	how := m.about("SINGLE_HEADER", name, false)
	if !strings.EqualFold(name, "cookie") {
		return m.hide(how, value)
	}
	cookies := strings.Split(value, ";")
	for i, cookie := range cookies {
		key, content, found := strings.Cut(cookie, "=")
		of := max(how, m.about("SINGLE_COOKIE", strings.TrimSpace(key), false))
		switch {
		case found:
			cookies[i] = key + "=" + m.hide(of, content)
		case strings.TrimSpace(key) != "":
			cookies[i] = m.hide(of, key) // a value without a name
		}
	}
	return strings.Join(cookies, ";")
}

// query returns what the log tells of a query string: under protection of the whole, the names are
// hidden like the values.
func (m *masks) query(text string) string {
	if m.redacted("QueryString", "") {
		return redacted
	}
	whole := m.about("QUERY_STRING", "", false)
	if text == "" || whole == shown && m.about("SINGLE_QUERY_ARGUMENT", "", false) == shown {
		return text
	}
	arguments := strings.Split(text, "&")
	for i, argument := range arguments {
		name, value, found := strings.Cut(argument, "=")
		if argument == "" {
			continue
		}
		of := max(whole, m.argument(name))
		arguments[i] = m.hide(whole, name)
		if found {
			arguments[i] += "=" + m.hide(of, value)
		}
	}
	return strings.Join(arguments, "&")
}

// argument returns how a query argument is hidden, under its name as sent or as meant.
func (m *masks) argument(name string) hiding {
	const field = "SINGLE_QUERY_ARGUMENT"
	how := m.about(field, name, false)
	if meant, err := url.QueryUnescape(name); err == nil && meant != "" {
		how = max(how, m.about(field, meant, false))
	}
	return how
}

// maxRateValue is how many characters of a key AWS logs.
const maxRateValue = 32

// rates returns what the log tells of rate-based rules.
func (m *masks) rates(all []Rate) []Rate {
	told := slices.Clone(all)
	for i := range told {
		told[i].Customs = slices.Clone(told[i].Customs)
		for j := range told[i].Customs {
			custom := &told[i].Customs[j]
			if how := m.rateKey(custom); how != shown {
				custom.Value = m.hide(how, custom.Value)
				continue
			}
			custom.Value = firstOf(custom.Value, maxRateValue)
		}
	}
	if told == nil {
		return []Rate{}
	}
	return told
}

// rateKey returns how a part of a key is hidden. One protected cookie or query argument protects the
// whole header or query string there.
func (m *masks) rateKey(custom *RateValue) hiding {
	about := func(field, name string) hiding { return m.about(field, name, true) }
	how, whole := shown, false
	switch custom.Key {
	case "HEADER":
		whole = m.redacted("SingleHeader", custom.Name)
		how = about("SINGLE_HEADER", custom.Name)
		if strings.EqualFold(custom.Name, "cookie") {
			how = max(how, about("SINGLE_COOKIE", ""))
		}
	case "COOKIE":
		whole = m.redacted("SingleHeader", "cookie")
		how = max(about("SINGLE_COOKIE", custom.Name), about("SINGLE_HEADER", "cookie"))
	case "QUERY_ARGUMENT":
		whole = m.redacted("QueryString", "")
		how = max(about("SINGLE_QUERY_ARGUMENT", custom.Name), about("QUERY_STRING", ""))
	case "QUERY_STRING":
		whole = m.redacted("QueryString", "")
		how = max(about("SINGLE_QUERY_ARGUMENT", ""), about("QUERY_STRING", ""))
	case "URI_PATH":
		whole = m.redacted("UriPath", "")
	case "HTTP_METHOD":
		whole = m.redacted("Method", "")
	}
	if whole {
		return substituted
	}
	return how
}

// firstOf returns the first characters of a text.
func firstOf(text string, characters int) string {
	for i := range text {
		if characters == 0 {
			return text[:i]
		}
		characters--
	}
	return text
}
