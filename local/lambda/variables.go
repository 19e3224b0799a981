package lambda

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"portico/local/lambda/interpreter"
)

// mbPerCPU is the memory at which Lambda gives one vCPU (Configure Lambda function memory).
const mbPerCPU = 1769

// variables returns a new environment's variables, sorted, as NAME=value. Nothing of the host's own
// environment is among them.
func (e *environment) variables(address string) []string {
	fn, o := e.fleet.function, e.fleet.service.options
	set := map[string]string{
		"LANG": "en_US.UTF-8",
		"TZ":   ":UTC",
		// Unlike AWS: the daemon would stand at a link-local address.
		"AWS_XRAY_DAEMON_ADDRESS":  "127.0.0.1:2000",
		"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
		// Unlike AWS: SDKs would read the profiles of the person at the keyboard.
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		// Unlike AWS: not set there, but the CPU share it stands for is.
		"GOMAXPROCS": strconv.Itoa(processors(fn.MemoryMB)),
	}
	maps.Copy(set, fn.searched(o.Path))
	if interpreter.IsManaged(fn.Runtime) {
		set["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + fn.Runtime
	}
	if fn.Logging.JSON {
		set["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
		set["AWS_LAMBDA_LOG_LEVEL"] = levelOr(fn.Logging.ApplicationLevel)
	}
	maps.Copy(set, o.Environment)
	maps.Copy(set, fn.Environment)
	maps.Copy(set, e.reserved(address))
	list := make([]string, 0, len(set))
	for name, value := range set {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// reserved returns what no function can set itself.
//
// Unlike AWS: LAMBDA_TASK_ROOT is where the code really lies, not /var/task.
func (e *environment) reserved(address string) map[string]string {
	f := e.fleet
	fn := f.function
	role := f.service.options.Credentials(fn.Function)
	region := f.region
	if parts := strings.SplitN(fn.ARN, ":", 5); len(parts) == 5 && parts[3] != "" {
		region = parts[3] // a function of another region than the configuration's
	}
	return map[string]string{
		"_HANDLER":                        fn.Handler,
		"AWS_REGION":                      region,
		"AWS_DEFAULT_REGION":              region,
		"AWS_LAMBDA_FUNCTION_NAME":        fn.Name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(fn.MemoryMB),
		"AWS_LAMBDA_FUNCTION_VERSION":     fn.version,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  e.initializationType(),
		"AWS_LAMBDA_LOG_GROUP_NAME":       fn.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      e.logStream,
		"AWS_LAMBDA_RUNTIME_API":          address,
		"AWS_ACCESS_KEY":                  role.AccessKeyID,
		"AWS_ACCESS_KEY_ID":               role.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":           role.SecretAccessKey,
		"AWS_SESSION_TOKEN":               role.SessionToken,
		"LAMBDA_TASK_ROOT":                fn.dir,
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
	}
}

// onDemand is how an environment is initialized that a call asked for.
const onDemand = "on-demand"

func (e *environment) initializationType() string {
	if e.ahead {
		return "provisioned-concurrency"
	}
	return onDemand
}

// processors is the share of the machine's CPUs that a memory size comes with, at least one.
func processors(memoryMB int) int {
	return max(1, min(memoryMB/mbPerCPU, runtime.NumCPU()))
}
