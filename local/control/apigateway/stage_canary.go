package apigateway

import (
	"strings"

	"portico/local/control/model"
)

func newCanary(deployment string) model.Object {
	return model.Object{"deploymentId": deployment, "percentTraffic": 0.0, "useStageCache": false}
}

func checkPercent(percent float64) error {
	if percent < 0 || percent > 100 {
		return model.BadRequest("Invalid canary percentTraffic specified. Must be between 0.0 and 100.0")
	}
	return nil
}

// patchCanary changes the canary of a stage; a replacement makes one that is not there yet.
func patchCanary(a *restAPI, stage model.Object, p patch) error {
	canary := stage.Object("canarySettings")
	if p.op == "remove" {
		return removeCanary(stage, canary, p)
	}
	name, isOverride := p.under("/canarySettings/stageVariableOverrides/")
	switch {
	case !isOverride && p.path != "/canarySettings/deploymentId" &&
		p.path != "/canarySettings/percentTraffic" && p.path != "/canarySettings/useStageCache":
		return badStagePath(p.path)
	case p.op != "replace":
		return model.BadRequest("Invalid %s operation with path: %s", p.op, p.path)
	}
	if canary == nil {
		canary = newCanary(stage.Text("deploymentId"))
		stage["canarySettings"] = canary
	}
	switch p.path {
	case "/canarySettings/deploymentId":
		if a.Deployments[p.text()] == nil {
			return model.BadRequest("Deployment id does not exist")
		}
		canary["deploymentId"] = p.text()
	case "/canarySettings/percentTraffic":
		percent, ok := p.number()
		if !ok {
			percent = -1
		}
		canary["percentTraffic"] = percent
		return checkPercent(percent)
	case "/canarySettings/useStageCache":
		canary["useStageCache"] = p.truth()
	default:
		inner(canary, "stageVariableOverrides")[name] = p.text()
	}
	return nil
}

func removeCanary(stage, canary model.Object, p patch) error {
	if p.path == "/canarySettings" {
		delete(stage, "canarySettings")
		return nil
	}
	if name, ok := p.under("/canarySettings/stageVariableOverrides/"); ok && canary != nil {
		delete(canary.Object("stageVariableOverrides"), name)
		dropEmpty(canary, "stageVariableOverrides")
		return nil
	}
	if p.path == "/canarySettings/stageVariableOverrides" && canary != nil {
		delete(canary, "stageVariableOverrides")
		return nil
	}
	return noSetting(p.path)
}

// promote copies what the canary has to the stage. The overrides are merged over its variables.
func promote(stage model.Object, p patch) error {
	deployment := p.path == "/deploymentId" && p.from == "/canarySettings/deploymentId"
	variables := p.path == "/variables" && p.from == "/canarySettings/stageVariableOverrides"
	if !deployment && !variables {
		return model.BadRequest("Invalid copy operation with path: %s and from %s. Valid copy:path are "+
			"[/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, "+
			"/canarySettings/stageVariableOverrides]", p.path, p.from)
	}
	canary := stage.Object("canarySettings")
	if canary == nil {
		return model.BadRequest("Promotion not available. Canary does not exist.")
	}
	if deployment {
		stage["deploymentId"] = canary.Text("deploymentId")
		return nil
	}
	overrides := canary.Object("stageVariableOverrides")
	for name, value := range overrides {
		inner(stage, "variables")[name] = value
	}
	return nil
}

// setting is a method setting by its path.
type setting struct{ name, kind string }

func settings() map[string]setting {
	return map[string]setting{
		"metrics/enabled":       {"metricsEnabled", "boolean"},
		"logging/dataTrace":     {"dataTraceEnabled", "boolean"},
		"logging/loglevel":      {"loggingLevel", "text"},
		"throttling/burstLimit": {"throttlingBurstLimit", "whole"},
		"throttling/rateLimit":  {"throttlingRateLimit", "number"},
		"caching/enabled":       {"cachingEnabled", "boolean"},
		"caching/ttlInSeconds":  {"cacheTtlInSeconds", "whole"},
		"caching/dataEncrypted": {"cacheDataEncrypted", "boolean"},
		"caching/requireAuthorizationForCacheControl": {
			"requireAuthorizationForCacheControl", "boolean",
		},
		"caching/unauthorizedCacheControlHeaderStrategy": {
			"unauthorizedCacheControlHeaderStrategy", "text",
		},
	}
}

// defaultSettings are what a method has of which only one setting was ever written.
func defaultSettings() model.Object {
	return model.Object{
		"metricsEnabled": false, "dataTraceEnabled": false, "throttlingBurstLimit": int64(5000),
		"throttlingRateLimit": 10000.0, "cachingEnabled": false, "cacheTtlInSeconds": int64(300),
		"cacheDataEncrypted": false, "requireAuthorizationForCacheControl": true,
		"unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
	}
}

// settingsKey splits /{resourcePath}/{httpMethod}/{setting} into the key of the method, which AWS
// keeps as it was written, and the path of the setting; the latter is empty when the path names the
// method alone.
func settingsKey(path string) (key, of string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != 2 && len(parts) != 4 {
		return "", "", false
	}
	if len(parts) == 4 {
		of = parts[2] + "/" + parts[3]
	}
	return parts[0] + "/" + parts[1], of, true
}

func patchSettings(stage model.Object, p patch) error {
	key, of, ok := settingsKey(p.path)
	all := inner(stage, "methodSettings")
	if p.op == "remove" {
		if !ok || all.Object(key) == nil {
			return noSetting(p.path)
		}
		if of == "" {
			delete(all, key)
			return nil
		}
	}
	found, known := settings()[of]
	if !ok || !known {
		return badStagePath(p.path)
	}
	own := all.Object(key)
	if own == nil { // begins as what all methods have now
		if own = all.Object("*/*").Clone(); own == nil {
			own = defaultSettings()
		}
		all[key] = own
	}
	if p.op == "remove" {
		delete(own, found.name)
		if value, has := defaultSettings()[found.name]; has {
			own[found.name] = value
		}
		return nil
	}
	return setSetting(own, found, p)
}

func setSetting(own model.Object, of setting, p patch) error {
	switch of.kind {
	case "boolean":
		own[of.name] = p.truth()
		return nil
	case "text":
		return setWord(own, of, p)
	case "whole":
		if number, ok := p.whole(); ok {
			own[of.name] = number
			return nil
		}
	case "number":
		if number, ok := p.number(); ok {
			own[of.name] = number
			return nil
		}
	}
	return model.BadRequest("Invalid value specified for method setting %s: %s", p.path, p.text())
}

func setWord(own model.Object, of setting, p patch) error {
	allowed := "OFF, ERROR, INFO"
	if of.name != "loggingLevel" {
		allowed = "FAIL_WITH_403, SUCCEED_WITH_RESPONSE_HEADER, SUCCEED_WITHOUT_RESPONSE_HEADER"
	}
	for _, word := range strings.Split(allowed, ", ") {
		if p.text() == word {
			own[of.name] = word
			return nil
		}
	}
	return model.BadRequest("Invalid value specified for method setting %s: %s. Must be one of: [%s]",
		p.path, p.text(), allowed)
}
