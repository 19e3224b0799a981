package wafv2

import (
	"slices"
	"strconv"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
)

// getSampled tells of some requests that a rule of a web ACL matched, or that its default action
// was applied to.
//
// Unlike AWS: how a metric that there is not, and a time that ends before it begins, are refused is
// a guess.
func getSampled(c *call) (model.Object, error) {
	acl, err := c.byARN(c.in.Text("WebAclArn"))
	if err != nil {
		return nil, err
	}
	if acl.Type != typeWebACL {
		return nil, invalid(badARN, "RESOURCE_ARN", acl.ARN)
	}
	metric := c.in.Text("RuleMetricName")
	if !slices.Contains(c.metrics(acl), metric) {
		return nil, nonexistent()
	}
	window := c.in.Object("TimeWindow")
	from, to := window.Number("StartTime"), window.Number("EndTime")
	if from > to {
		return nil, invalid("The time window ends before it begins.", "TIME_WINDOW",
			strconv.FormatFloat(to, 'f', -1, 64))
	}
	found := c.service.options.Host.Samples(acl.ARN, Sampling{
		Metric: metric, From: moment(from), To: moment(to), Most: c.in.Int("MaxItems"),
	})
	return model.Object{
		"SampledRequests": model.Shown(found.Requests, viewSample),
		"PopulationSize":  int64(found.Population),
		"TimeWindow": model.Object{
			"StartTime": seconds(found.Begin), "EndTime": seconds(found.End),
		},
	}, nil
}

// metrics returns what samples of a web ACL can be asked for by.
func (c *call) metrics(acl *item) []string {
	all := []string{
		firewall.AllSamples, firewall.DefaultAction,
		acl.Given.Object("VisibilityConfig").Text("MetricName"),
	}
	add := func(rules []model.Object) {
		for _, rule := range rules {
			all = append(all, rule.Object("VisibilityConfig").Text("MetricName"))
		}
	}
	add(acl.Given.Objects("Rules"))
	for _, group := range c.items(ruleGroup()) {
		if mentions(acl.Given, group.ARN) {
			add(group.Given.Objects("Rules"))
		}
	}
	return all
}

func viewSample(of firewall.Sample) any {
	request := model.Object{
		"ClientIP": of.ClientIP, "Country": of.Country, "URI": of.URI, "Method": of.Method,
		"HTTPVersion": of.Version, "Headers": viewHeaders(of.Headers),
	}
	out := model.Object{
		"Request": request, "Weight": int64(of.Weight), "Timestamp": seconds(of.At),
		"Action": string(of.Action),
	}
	out.PutText("RuleNameWithinRuleGroup", of.GroupRule)
	out.PutText("OverriddenAction", string(of.Overrides))
	if len(of.Inserted) > 0 {
		out["RequestHeadersInserted"] = viewHeaders(of.Inserted)
	}
	if of.Status != 0 {
		out["ResponseCodeSent"] = int64(of.Status)
	}
	if len(of.Labels) > 0 {
		out["Labels"] = model.Shown(of.Labels, func(name string) any {
			return model.Object{"Name": name}
		})
	}
	for name, token := range map[string]*firewall.TokenResponse{
		"CaptchaResponse": of.Captcha, "ChallengeResponse": of.Challenge,
	} {
		if token == nil {
			continue
		}
		view := model.Object{"ResponseCode": int64(token.Code), "SolveTimestamp": token.Solved}
		view.PutText("FailureReason", token.Failure)
		out[name] = view
	}
	return out
}

func viewHeaders(lines exchange.Header) []any {
	return model.Shown(lines, func(line exchange.Field) any {
		return model.Object{"Name": line.Name, "Value": line.Value}
	})
}

// moment reads seconds since 1970. What no clock shows is the nearest moment that one may.
func moment(seconds float64) time.Time {
	const most = 1 << 38 // milliseconds of which an int64 holds
	return time.UnixMilli(int64(min(max(seconds, 0), most) * 1000))
}

func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }
