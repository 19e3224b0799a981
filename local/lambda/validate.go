package lambda

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"portico/local/lambda/interpreter"
)

// Limits of a function's settings (Lambda quotas).
const (
	minMemoryMB, maxMemoryMB       = 128, 10240
	maxTimeoutSeconds              = 900
	minEphemeralMB, maxEphemeralMB = 512, 10240
	maxEnvironmentBytes            = 4096
)

var variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)

// reserved are the variables that only Lambda sets (Using Lambda environment variables).
var reserved = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true,
	"AWS_EXECUTION_ENV": true, "AWS_LAMBDA_FUNCTION_NAME": true,
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true, "AWS_LAMBDA_FUNCTION_VERSION": true,
	"AWS_LAMBDA_INITIALIZATION_TYPE": true, "AWS_LAMBDA_LOG_GROUP_NAME": true,
	"AWS_LAMBDA_LOG_STREAM_NAME": true, "AWS_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true,
	"AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true, "AWS_LAMBDA_RUNTIME_API": true,
	"LAMBDA_TASK_ROOT": true, "LAMBDA_RUNTIME_DIR": true,
}

// withDefaults fills what a template may leave out.
func (f Function) withDefaults(c *Configuration) Function {
	if f.MemoryMB == 0 {
		f.MemoryMB = minMemoryMB
	}
	if f.TimeoutSeconds == 0 {
		f.TimeoutSeconds = 3
	}
	if f.EphemeralMB == 0 {
		f.EphemeralMB = minEphemeralMB
	}
	if f.LogGroup == "" {
		f.LogGroup = "/aws/lambda/" + f.Name
	}
	if interpreter.IsManaged(f.Runtime) && f.Code.Source != "" {
		f.Code = Code{Dir: f.Code.Source} // nothing is built: the folder is the code
	}
	if f.ARN == "" {
		f.ARN = strings.Join([]string{
			"arn", c.Partition, "lambda", c.Region, c.Account, "function", f.Name,
		}, ":")
	}
	return f
}

// check says why AWS would not create the function, or why it is not served here.
func (f *Function) check() *Failure {
	managed := interpreter.IsManaged(f.Runtime)
	if !managed && f.Runtime != "provided.al2023" && f.Runtime != "provided.al2" {
		return unusable(f.Name, "InvalidRuntimeException", fmt.Errorf(
			"runtime %q is not served; served are provided.al2023, provided.al2, %s", f.Runtime,
			strings.Join(interpreter.Runtimes(), ", ")))
	}
	if f.Code.Dir == "" && (managed && f.Code.Inline == "" || !managed && f.Code.Source == "") {
		return unusable(f.Name, "InvalidZipFileException", errors.New(
			"it has no code: neither a source folder nor an asset folder is known"))
	}
	if err := f.checkSettings(); err != nil {
		return unusable(f.Name, "InvalidParameterValueException", err)
	}
	return nil
}

func (f *Function) checkSettings() error {
	for _, setting := range []struct {
		name           string
		value, low, up int
	}{
		{"MemorySize", f.MemoryMB, minMemoryMB, maxMemoryMB},
		{"Timeout", f.TimeoutSeconds, 1, maxTimeoutSeconds},
		{"EphemeralStorage", f.EphemeralMB, minEphemeralMB, maxEphemeralMB},
	} {
		if setting.value < setting.low || setting.value > setting.up {
			return fmt.Errorf("%s is %d; allowed are %d to %d",
				setting.name, setting.value, setting.low, setting.up)
		}
	}
	if f.ReservedConcurrency != nil && *f.ReservedConcurrency < 0 {
		return fmt.Errorf("ReservedConcurrentExecutions is %d; it must not be negative",
			*f.ReservedConcurrency)
	}
	return f.checkVariables()
}

func (f *Function) checkVariables() error {
	size := 0
	for _, name := range slices.Sorted(maps.Keys(f.Environment)) {
		if reserved[name] {
			return fmt.Errorf("environment variable %s is reserved: only Lambda sets it", name)
		}
		if !variableName.MatchString(name) {
			return fmt.Errorf("environment variable %q has a bad name; allowed is %s",
				name, variableName)
		}
		if strings.IndexByte(f.Environment[name], 0) >= 0 {
			return fmt.Errorf("environment variable %s holds a NUL byte", name)
		}
		size += len(name) + len(f.Environment[name])
	}
	if size > maxEnvironmentBytes {
		return fmt.Errorf("environment variables take %d bytes; allowed are %d",
			size, maxEnvironmentBytes)
	}
	return nil
}

// IsReserved reports whether an environment variable is one that only Lambda sets.
func IsReserved(variable string) bool { return reserved[variable] }

// Check says why a function could not run here, before anything is deployed. Code that is built is
// not compiled for it.
func (s *Service) Check(ctx context.Context, fn Function) error {
	fn = fn.withDefaults(&Configuration{})
	failure := fn.check()
	if failure == nil && interpreter.IsManaged(fn.Runtime) {
		_, failure = s.prepareManaged(ctx, &fn)
	}
	if failure != nil {
		return failure.Err
	}
	return nil
}
