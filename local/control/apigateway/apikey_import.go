package apigateway

import (
	"bytes"
	"encoding/csv"
	"strings"

	"portico/local/control/model"
)

// importAPIKeys creates keys from a file with the columns name, key, description, enabled and
// usageplanIds ("API Gateway API key file format"). A key that there is already is a warning, or
// refuses the file.
func importAPIKeys(c *call) (model.Object, error) {
	if !strings.EqualFold(c.in.Text("format"), "csv") {
		return nil, model.BadRequest("Invalid API Key format specified. Must be one of: [csv]")
	}
	rows, err := csv.NewReader(bytes.NewReader(c.in.Bytes("body"))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, model.BadRequest("Invalid API Key file: it is no CSV with a header")
	}
	columns := map[string]int{}
	for at, name := range rows[0] {
		columns[strings.ToLower(strings.TrimSpace(name))] = at
	}
	if _, ok := columns["key"]; !ok {
		return nil, model.BadRequest("Invalid API Key file: it has no column key")
	}
	ids, warnings := []any{}, []any{}
	for _, row := range rows[1:] {
		field := func(name string) string {
			if at, ok := columns[name]; ok && at < len(row) {
				return strings.TrimSpace(row[at])
			}
			return ""
		}
		id, err := c.importKey(field)
		if err == nil {
			ids = append(ids, id)
			continue
		}
		if c.in.Bool("failOnWarnings") {
			return nil, err
		}
		warnings = append(warnings, err.Error())
	}
	out := model.Object{"ids": ids}
	if len(warnings) > 0 {
		out["warnings"] = warnings
	}
	return out, nil
}

func (c *call) importKey(field func(string) string) (string, error) {
	enabled := field("enabled")
	one := *c
	one.in = model.Object{
		"name": field("name"), "value": field("key"), "description": field("description"),
		"enabled": enabled == "" || strings.EqualFold(enabled, "true"),
	}
	made, err := createAPIKey(&one)
	if err != nil {
		return "", err
	}
	c.shared = true
	id := made.Text("id")
	for plan := range strings.SplitSeq(field("usageplanids"), ",") {
		if plan = strings.TrimSpace(plan); plan == "" {
			continue
		}
		one.in = model.Object{"usagePlanId": plan, "keyId": id, "keyType": "API_KEY"}
		if _, err := createUsagePlanKey(&one); err != nil {
			c.forgetKey(id)
			return "", err
		}
	}
	return id, nil
}
