package authorize

import (
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// readSignature finds the signature of a call in its Authorization header or its query string.
func readSignature(r *exchange.Request) (*signature, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return readHeaderSignature(r, header)
	}
	query := queryValues(r.RawQuery)
	if query["X-Amz-Algorithm"] != "" || query["X-Amz-Signature"] != "" {
		return readQuerySignature(query)
	}
	return nil, &SignatureError{
		Type: "MissingAuthenticationTokenException", Message: "Missing Authentication Token",
	}
}

// readHeaderSignature reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func readHeaderSignature(r *exchange.Request, header string) (*signature, error) {
	algorithm, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found {
			return nil, incompleteSignature("'" + strings.TrimSpace(part) + "' not a valid " +
				"key=value pair (missing equal-sign) in Authorization header: '" + header + "'.")
		}
		fields[name] = value
	}
	if algorithm != sigAlgorithm {
		return nil, incompleteSignature("Unsupported AWS 'algorithm': '" + algorithm + "'.")
	}
	stamp := r.Header.Get("X-Amz-Date")
	if stamp == "" {
		stamp = r.Header.Get("Date")
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if stamp == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' " +
			"or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return nil, incompleteSignature(missing.String() + "Authorization=" + header)
	}
	s := &signature{value: fields["Signature"], token: r.Header.Get("X-Amz-Security-Token")}
	return s.complete(fields["Credential"], fields["SignedHeaders"], stamp)
}

// readQuerySignature reads the X-Amz-… parameters of a presigned URL.
func readQuerySignature(query map[string]string) (*signature, error) {
	var missing strings.Builder
	for _, name := range []string{
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date",
	} {
		if query[name] == "" {
			missing.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return nil, incompleteSignature(missing.String() + "Re-examine the query-string parameters.")
	}
	if query["X-Amz-Algorithm"] != sigAlgorithm {
		return nil, incompleteSignature("Unsupported AWS 'algorithm': '" +
			query["X-Amz-Algorithm"] + "'.")
	}
	s := &signature{
		value: query["X-Amz-Signature"], token: query["X-Amz-Security-Token"],
		query: true, expires: sigSkew,
	}
	if text, present := query["X-Amz-Expires"]; present {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 1 || seconds > int(sigMaxExpires.Seconds()) {
			return nil, incompleteSignature("X-Amz-Expires must be a number between 1 and 604800 " +
				"seconds, not '" + text + "'.")
		}
		s.expires = time.Duration(seconds) * time.Second
	}
	return s.complete(query["X-Amz-Credential"], query["X-Amz-SignedHeaders"], query["X-Amz-Date"])
}

// complete reads the parts that both forms write alike.
func (s *signature) complete(credential, signedHeaders, stamp string) (*signature, error) {
	const parts = 5
	scope := strings.Split(credential, "/")
	if len(scope) != parts {
		return nil, incompleteSignature("Credential must have exactly 5 slash-delimited elements, " +
			"e.g. keyid/date/region/service/term, got '" + credential + "'.")
	}
	s.accessKey, s.date, s.region, s.service, s.terminator =
		scope[0], scope[1], scope[2], scope[3], scope[4]
	s.signedHeaders = strings.Split(strings.ToLower(signedHeaders), ";")
	sort.Strings(s.signedHeaders)
	at, err := time.Parse(sigTimeFormat, stamp)
	if err != nil {
		at, err = http.ParseTime(stamp)
	}
	if err != nil {
		return nil, incompleteSignature("Date must be in ISO-8601 'basic format'. Got '" + stamp +
			"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	s.at, s.stamp = at.UTC(), stamp
	return s, nil
}

// queryValues returns the first value of every parameter, decoded.
func queryValues(raw string) map[string]string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescapeQuery(name), unescapeQuery(value)
		if _, seen := values[name]; !seen {
			values[name] = value
		}
	}
	return values
}

// unescapeQuery decodes a query part; a part that is not well encoded stays as it is.
func unescapeQuery(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}
