package lambda

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

// kept are the settings of a function that its versions have of their own.
func kept() []string {
	return []string{
		"Description", "Role", "Handler", "Runtime", "Timeout", "MemorySize", "VpcConfig",
		"DeadLetterConfig", "Environment", "KMSKeyArn", "TracingConfig", "Architectures",
		"EphemeralStorage", "SnapStart", "LoggingConfig",
	}
}

// defaults are what Lambda gives a function that says nothing else.
func defaults(name string) model.Object {
	return model.Object{
		"Description": "", "Timeout": int64(3), "MemorySize": int64(128),
		"Architectures":    []any{"x86_64"},
		"EphemeralStorage": model.Object{"Size": int64(512)},
		"TracingConfig":    model.Object{"Mode": "PassThrough"},
		"LoggingConfig":    model.Object{"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name},
	}
}

// apply takes over what an input sets. An empty structure of a dead-letter queue or environment
// takes away what was there, as on AWS.
func (v *version) apply(in model.Object, name string) {
	v.Settings.Take(in, kept()...)
	logging := v.Settings.Object("LoggingConfig")
	if logging.Text("LogGroup") == "" {
		logging["LogGroup"] = "/aws/lambda/" + name
	}
	if logging.Text("LogFormat") == "" {
		logging["LogFormat"] = "Text"
	}
	if logging.Text("LogFormat") == "JSON" {
		for _, level := range []string{"ApplicationLogLevel", "SystemLogLevel"} {
			if logging.Text(level) == "" {
				logging[level] = "INFO"
			}
		}
	}
	if v.Settings.Object("DeadLetterConfig").Text("TargetArn") == "" {
		delete(v.Settings, "DeadLetterConfig")
	}
	if v.Settings.Text("KMSKeyArn") == "" {
		delete(v.Settings, "KMSKeyArn")
	}
}

// unserved refuses what would be asked for in vain.
func unserved(in model.Object) error {
	sentence := func(what, why string) error { return invalid("%s is not served here: %s", what, why) }
	switch {
	case in.Text("PackageType") == "Image" || in.Object("Code").Text("ImageUri") != "":
		return sentence("PackageType Image", "container images are not run")
	case len(in.Object("ImageConfig")) > 0:
		return sentence("ImageConfig", "container images are not run")
	case len(in.List("FileSystemConfigs")) > 0:
		return sentence("FileSystemConfigs", "no file system is mounted")
	case in.Object("SnapStart").Text("ApplyOn") == "PublishedVersions":
		return sentence("SnapStart", "environments start anew")
	case in.Has("CapacityProviderConfig") || in.Has("DurableConfig") || in.Has("TenancyConfig") ||
		in.Text("PublishTo") != "":
		return sentence("CapacityProviderConfig, DurableConfig, TenancyConfig or PublishTo",
			"functions run on demand")
	case in.Text("CodeSigningConfigArn") != "":
		return noCodeSigning(in.Text("CodeSigningConfigArn"))
	}
	return nil
}

// check refuses settings in AWS's words where they are known, else in those of the data plane.
func (c *call) check(f *function, v *version) error {
	if timeout := v.Settings.Int("Timeout"); timeout > 900 {
		return &model.Error{Code: "ValidationException", Status: 400, Message: "1 validation error " +
			"detected: Value '" + jsonText(timeout) + "' at 'timeout' failed to satisfy constraint: " +
			"Member must have value less than or equal to 900"}
	}
	if v.Settings.Int("MemorySize") > 10240 {
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value less " +
			"than or equal to 10240")
	}
	if err := checkVariables(v.variables()); err != nil {
		return err
	}
	logging := v.Settings.Object("LoggingConfig")
	if logging.Text("LogFormat") == "Text" &&
		logging.Text("ApplicationLogLevel")+logging.Text("SystemLogLevel") != "" {
		return invalid("To use LogLevel in LoggingConfig, LogFormat must be JSON.")
	}
	if arn := v.deadLetters(); strings.HasSuffix(arn, ".fifo") ||
		arn != "" && !strings.Contains(arn, ":sqs:") && !strings.Contains(arn, ":sns:") {
		return invalid("The provided dead letter config %s is invalid: a standard queue or topic is "+
			"wanted", arn)
	}
	definition := v.definition(f, c.account, c.service.folderOf)
	if err := c.service.options.Host.Functions().Check(c, definition); err != nil {
		return invalid("%s", err)
	}
	return nil
}

func (v *version) variables() map[string]string {
	return v.Settings.Object("Environment").TextMap("Variables")
}

func (v *version) deadLetters() string {
	return v.Settings.Object("DeadLetterConfig").Text("TargetArn")
}

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// checkVariables refuses an environment that is too large, or sets what only Lambda sets.
func checkVariables(variables map[string]string) error {
	const most = 4096
	var taken []string
	size := 0
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		size += len(name) + len(variables[name])
		if plane.IsReserved(name) {
			taken = append(taken, name)
		}
	}
	if len(taken) > 0 {
		return invalid("Lambda was unable to configure your environment variables because the "+
			"environment variables you have provided contains reserved keys that are currently not "+
			"supported for modification. Reserved keys used in this request: %s",
			strings.Join(taken, ", "))
	}
	if size > most {
		return invalid("Lambda was unable to configure your environment variables because the "+
			"environment variables you have provided exceeded the 4KB limit. String measured: %s",
			jsonText(variables))
	}
	return nil
}
