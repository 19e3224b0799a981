package firewall

import (
	"bytes"
	"encoding/json"
	"strings"

	"portico/local/gateway/exchange"
)

// LogSource says what a web ACL protects, in the words of its log.
type LogSource struct {
	Name      string // APIGW, COGNITOIDP
	ID        string // 123456789012:api:stage
	RequestID string // of the call
}

// logRecord is a record of AWS WAF's log ("Log fields for web ACL traffic"), in AWS's order.
type logRecord struct {
	Timestamp              int64          `json:"timestamp"` // Unix milliseconds
	FormatVersion          int            `json:"formatVersion"`
	WebACLID               string         `json:"webaclId"`
	TerminatingRuleID      string         `json:"terminatingRuleId"`
	TerminatingRuleType    string         `json:"terminatingRuleType"`
	Action                 Action         `json:"action"`
	TerminatingDetails     []logDetail    `json:"terminatingRuleMatchDetails"`
	SourceName             string         `json:"httpSourceName"`
	SourceID               string         `json:"httpSourceId"`
	RuleGroups             []logGroup     `json:"ruleGroupList"`
	RateBasedRules         []Rate         `json:"rateBasedRuleList"`
	NonTerminating         []logMatch     `json:"nonTerminatingMatchingRules"`
	RequestHeadersInserted []logHeader    `json:"requestHeadersInserted"`
	ResponseCodeSent       *int           `json:"responseCodeSent"`
	Request                logRequest     `json:"httpRequest"`
	Labels                 []logLabel     `json:"labels,omitempty"`
	Captcha                *TokenResponse `json:"captchaResponse,omitempty"`
	Challenge              *TokenResponse `json:"challengeResponse,omitempty"`
	BodySize               int            `json:"requestBodySize"`
	BodySizeInspected      int            `json:"requestBodySizeInspectedByWAF"`
}

type logDetail struct {
	Condition   string   `json:"conditionType"`
	Sensitivity string   `json:"sensitivityLevel,omitempty"`
	Location    string   `json:"location"`
	MatchedData []string `json:"matchedData"`
	Field       string   `json:"matchedFieldName,omitempty"`
}

type logMatch struct {
	Rule      string         `json:"ruleId"`
	Action    Action         `json:"action"`
	Overrides Action         `json:"overriddenAction,omitempty"`
	Details   []logDetail    `json:"ruleMatchDetails"`
	Captcha   *TokenResponse `json:"captchaResponse,omitempty"`
	Challenge *TokenResponse `json:"challengeResponse,omitempty"`
}

type logGroup struct {
	ID             string        `json:"ruleGroupId"`
	Terminating    *logMatch     `json:"terminatingRule"`
	NonTerminating []logMatch    `json:"nonTerminatingMatchingRules"`
	Excluded       []logExcluded `json:"excludedRules"`
	CustomerConfig any           `json:"customerConfig"`
}

type logExcluded struct {
	Type string `json:"exclusionType"`
	Rule string `json:"ruleId"`
}

type logRequest struct {
	ClientIP  string      `json:"clientIp"`
	Country   string      `json:"country"`
	Headers   []logHeader `json:"headers"`
	URI       string      `json:"uri"`
	Args      string      `json:"args"`
	Version   string      `json:"httpVersion"`
	Method    string      `json:"httpMethod"`
	RequestID string      `json:"requestId"`
}

type logHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type logLabel struct {
	Name string `json:"name"`
}

// TokenResponse is what AWS tells of a CAPTCHA or challenge of a request.
type TokenResponse struct {
	Code    int    `json:"responseCode"`
	Solved  int64  `json:"solveTimestamp"`
	Failure string `json:"failureReason,omitempty"`
}

// maxLogLabels is how many labels of a request AWS logs.
const maxLogLabels = 100

// Log returns the record of a request that the web ACL decided on, and the ARN of the place for it;
// ok is false when it is not to be logged.
func (a *ACL) Log(
	r *exchange.Request, v *Verdict, s LogSource,
) (destination, record string, ok bool) {
	if a.log == nil || v.Solved || !a.log.keeps(v) {
		return "", "", false
	}
	made := logRecord{
		Timestamp: a.clock.Now().UnixMilli(), FormatVersion: 1, WebACLID: a.arn,
		TerminatingRuleID: v.Rule, TerminatingRuleType: "REGULAR", Action: v.Action,
		TerminatingDetails: logDetails(v.Details), SourceName: s.Name, SourceID: s.ID,
		RuleGroups: a.logGroups(v), RateBasedRules: a.log.masks.rates(v.Rates),
		NonTerminating: logMatches(v, ""), Request: a.logRequest(r, s.RequestID),
		Captcha:   logToken(v.Captcha, Captcha, v.Action),
		Challenge: logToken(v.Challenge, Challenge, v.Action),
		BodySize:  len(r.Body), BodySizeInspected: min(len(r.Body), a.bodyLimit),
	}
	if rule := a.rule(v.Rule); rule != nil {
		made.TerminatingRuleType = rule.kind
	}
	if v.Status != 0 {
		made.ResponseCodeSent = &v.Status
	}
	for _, line := range v.Inserted {
		made.RequestHeadersInserted = append(made.RequestHeadersInserted, logHeader(line))
	}
	for _, label := range v.Labels[:min(len(v.Labels), maxLogLabels)] {
		made.Labels = append(made.Labels, logLabel{label})
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(made); err != nil {
		return "", "", false // of these types, never
	}
	return a.log.destination, strings.TrimSuffix(out.String(), "\n"), true
}

func (a *ACL) rule(name string) *rule {
	for i := range a.rules {
		if a.rules[i].name == name {
			return &a.rules[i]
		}
	}
	return nil
}

func (a *ACL) logRequest(r *exchange.Request, id string) logRequest {
	hide := &a.log.masks
	made := logRequest{
		ClientIP: r.SourceIP, Country: a.country(r), Headers: []logHeader{}, URI: r.RawPath,
		Args: hide.query(r.RawQuery), Version: r.Protocol, Method: r.Method, RequestID: id,
	}
	for _, line := range r.Header {
		made.Headers = append(made.Headers, logHeader{line.Name, hide.header(line.Name, line.Value)})
	}
	if hide.redacted("UriPath", "") {
		made.URI = redacted
	}
	if hide.redacted("Method", "") {
		made.Method = redacted
	}
	return made
}

// country returns where a request comes from, "-" when nobody knows.
func (a *ACL) country(r *exchange.Request) string {
	if place, found := a.places.find(clientAddress(r)); found && place.Country != "" {
		return place.Country
	}
	return "-"
}

// logGroups tells of every rule group that had a look at the request.
func (a *ACL) logGroups(v *Verdict) []logGroup {
	groups := []logGroup{}
	for _, name := range v.Groups {
		rule := a.rule(name)
		made := logGroup{ID: rule.group.id, NonTerminating: logMatches(v, name)}
		if v.Rule == name {
			made.Terminating = &logMatch{
				Rule: v.GroupRule, Action: v.Action, Overrides: v.Overrides, Details: logDetails(v.Details),
			}
		}
		for i := range v.Counted {
			m := &v.Counted[i]
			switch {
			case m.Rule != name:
			case m.Ended:
				ended := logMatchOf(v, m)
				made.Terminating = &ended
			case m.Excluded:
				made.Excluded = append(made.Excluded, logExcluded{"EXCLUDED_AS_COUNT", m.GroupRule})
			}
		}
		groups = append(groups, made)
	}
	return groups
}

// logMatches tells of the rules that matched and went on: of those of one rule group, or of the web
// ACL's own, to which a group belongs that only counts.
func logMatches(v *Verdict, group string) []logMatch {
	all := []logMatch{}
	for i := range v.Counted {
		m := &v.Counted[i]
		switch {
		case group == "" && m.GroupRule != "" && m.Ended:
			all = append(all, logMatch{Rule: m.Rule, Action: Count, Details: []logDetail{}})
		case group == "" && m.GroupRule == "", group != "" && m.Rule == group && m.GroupRule != "" &&
			!m.Ended && !m.Excluded:
			all = append(all, logMatchOf(v, m))
		}
	}
	return all
}

func logMatchOf(v *Verdict, m *Match) logMatch {
	made := logMatch{
		Rule: m.Rule, Action: m.Action, Overrides: m.Overrides, Details: logDetails(m.Details),
	}
	if m.GroupRule != "" {
		made.Rule = m.GroupRule
	}
	switch {
	case m.Ended:
	case m.Action == Captcha:
		made.Captcha = logToken(v.Captcha, Captcha, v.Action)
	case m.Action == Challenge:
		made.Challenge = logToken(v.Challenge, Challenge, v.Action)
	}
	return made
}

func logDetails(details []MatchDetail) []logDetail {
	all := []logDetail{}
	for _, d := range details {
		all = append(all, logDetail{
			Condition: d.Condition, Sensitivity: d.Sensitivity, Location: d.Location,
			MatchedData: []string{}, Field: d.Field,
		})
	}
	return all
}

func logToken(check *TokenCheck, of, action Action) *TokenResponse {
	if check == nil {
		return nil
	}
	info := &TokenResponse{Failure: check.Failure}
	if !check.Solved.IsZero() {
		info.Solved = check.Solved.Unix()
	}
	switch {
	case check.Failure == "":
	case of == Captcha && action == Captcha:
		info.Code = 405
	case of == Challenge && action == Challenge:
		info.Code = 202
	}
	return info
}
