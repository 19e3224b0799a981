package provision

import (
	"path/filepath"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/lambda"
	"portico/local/lambda/interpreter"
)

const typeFunction = "AWS::Lambda::Function"

// functionCoverage declares functions.
func functionCoverage() coverage.Table {
	return coverage.Table{typeFunction: rules(
		honoured("FunctionName", "Handler", "MemorySize", "Timeout", "Environment.Variables.*",
			"ReservedConcurrentExecutions", "Code.S3Bucket", "Code.S3Key",
			"LoggingConfig.LogGroup"),
		choice("Runtime", []string{"provided", "provided.al2", "provided.al2023"},
			managed()...),
		choice("PackageType", []string{"Zip"}, when("Image", images)),
		part(images, "Code.ImageUri", "ImageConfig.**"),
		part(inlineCode, "Code.ZipFile"),
		choice("LoggingConfig.LogFormat", []string{"Text"}, when("JSON", jsonLogs)),
		part(jsonLogs, "LoggingConfig.ApplicationLogLevel", "LoggingConfig.SystemLogLevel"),
		part(layers, "Layers[]"),
		unless(snapStart, "SnapStart.ApplyOn", "None"),
		irrelevant(noTraces, "TracingConfig.Mode"),
		part(asyncConfiguration, "DeadLetterConfig.TargetArn"),
		part(managedInstances, "CapacityProviderConfig.**", "FunctionScalingConfig.**",
			"DurableConfig.**", "TenancyConfig.**"),
		refused("no file system is mounted here", "FileSystemConfigs[].Arn",
			"FileSystemConfigs[].LocalMountPath"),
		irrelevant("functions are built for this machine", "Architectures[]"),
		irrelevant("the code is read from the assembly", "Code.S3ObjectVersion",
			"Code.S3ObjectStorageMode"),
		irrelevant("the disk space of a function is not limited here", "EphemeralStorage.Size"),
		irrelevant("calls that go in circles are not looked for here", "RecursiveLoop"),
		irrelevant("the runtime is the program's own", "RuntimeManagementConfig.**"),
		irrelevant(onDeployment, "CodeSigningConfigArn", "PublishToLatestPublished"),
		irrelevant(noEncryption, "KmsKeyArn", "Code.SourceKMSKeyArn"),
		irrelevant(noRoles, "Role"),
		irrelevant(noNetwork, "VpcConfig.**"),
		irrelevant(onlyText, "Description"),
		irrelevant(onlyTags, "Tags.**"),
	)}
}

// managed are the runtimes that an interpreter of this machine runs.
func managed() []option {
	var options []option
	for _, runtime := range interpreter.Runtimes() {
		options = append(options, when(runtime, managedRuntimes))
	}
	return options
}

// functions reads every function with its versions, aliases and permissions.
func (r *reader) functions() lambda.Configuration {
	var configuration lambda.Configuration
	known := functionIndex{}
	used := map[string]bool{}
	for _, resource := range r.assembly.ByType(typeFunction) {
		account := r.account(resource)
		if configuration.Account == "" {
			configuration.Account = account.ID
			configuration.Region = account.Region
			configuration.Partition = account.Partition
		}
		function := r.function(resource, used)
		if _, twice := known[function.Name]; twice {
			r.properties(resource).fail("FunctionName", "another function is named %s",
				function.Name)
		}
		configuration.Functions = append(configuration.Functions, function)
		known.add(function)
	}
	r.unusedSources(used)
	configuration.Versions = r.versions(known)
	configuration.Aliases = r.aliases(known, configuration.Versions)
	configuration.AsyncConfigurations = r.asyncConfigurations(known)
	configuration.Permissions = r.permissions(known)
	return configuration
}

func (r *reader) function(resource *cloudformation.Resource, used map[string]bool) lambda.Function {
	p := r.properties(resource)
	f := lambda.Function{
		Name:                resource.PhysicalID,
		ARN:                 r.attribute(resource, "Arn"),
		Runtime:             p.text("Runtime"),
		Handler:             p.text("Handler"),
		MemoryMB:            p.integerIn("MemorySize", 128, 128, 32_768),
		TimeoutSeconds:      p.integerIn("Timeout", 3, 1, 900),
		EphemeralMB:         512,
		ReservedConcurrency: p.optionalInteger("ReservedConcurrentExecutions"),
		Role:                p.requiredText("Role"),
		LogGroup:            "/aws/lambda/" + resource.PhysicalID,
		LogicalID:           resource.LogicalID,
		Stack:               resource.Stack.Name,
	}
	if environment, ok := p.object("Environment"); ok {
		f.Environment = environment.textMap("Variables")
	}
	if storage, ok := p.object("EphemeralStorage"); ok {
		f.EphemeralMB = storage.integerIn("Size", 512, 512, 10_240)
	}
	if logging, ok := p.object("LoggingConfig"); ok {
		f.LogGroup = logging.textOr("LogGroup", f.LogGroup)
		f.Logging = loggingOf(logging)
	}
	if tracing, ok := p.object("TracingConfig"); ok {
		f.Tracing = tracing.choice("Mode", "PassThrough", "Active") == "Active"
	}
	if queue, ok := p.object("DeadLetterConfig"); ok {
		f.DeadLetterARN = outcomeTarget(queue, "TargetArn", "sqs", "sns")
	}
	if f.ReservedConcurrency != nil && *f.ReservedConcurrency < 0 {
		p.fail("ReservedConcurrentExecutions", "want 0 or more")
	}
	if p.choice("PackageType", "Zip", "Image") == "Zip" {
		p.require("Runtime")
		p.require("Handler")
	}
	f.Code = r.code(p, used)
	f.Layers = r.layersOf(p)
	return f
}

// code finds the program of a function: a source folder from the options or from the metadata that
// our construct writes, else the asset that a deployment would upload.
func (r *reader) code(p properties, used map[string]bool) lambda.Code {
	resource := p.resource
	var code lambda.Code
	for _, name := range sourceNames(resource) {
		if source, ok := r.options.FunctionSources[name]; ok {
			used[name] = true
			code.Source = r.absolute(source)
			break
		}
	}
	if source, ok := resource.Metadata["portico:source"].(string); ok && code.Source == "" {
		code.Source = r.absolute(source)
	}
	if dir, ok := resource.Asset(); ok {
		code.Dir = dir
	}
	if !p.require("Code") {
		return code
	}
	given, ok := p.object("Code")
	if ok && given.has("ZipFile") {
		code.Inline = given.text("ZipFile")
	}
	if ok && code == (lambda.Code{}) && given.has("S3Key") {
		given.fail("S3Key", "the assembly has no such asset, and no source folder is named for "+
			"function %s", resource.PhysicalID)
	}
	return code
}

// sourceNames lists what a source folder may be named for: the function, the logical id, and the
// construct, which is the last but one part of ".../orders/Resource".
func sourceNames(of *cloudformation.Resource) []string {
	names := []string{of.PhysicalID, of.LogicalID}
	parts := strings.Split(of.Path, "/")
	if len(parts) > 1 {
		names = append(names, parts[len(parts)-2])
	}
	return names
}

// unusedSources notes source folders named for functions that do not exist.
func (r *reader) unusedSources(used map[string]bool) {
	var unused []string
	for name := range r.options.FunctionSources {
		if !used[name] {
			unused = append(unused, name)
		}
	}
	slices.Sort(unused)
	for _, name := range unused {
		r.problems.list = append(r.problems.list, &UnknownFunction{Name: name})
	}
}

// UnknownFunction is a source folder named for a function that no template has.
type UnknownFunction struct{ Name string }

// Error names the function.
func (e *UnknownFunction) Error() string {
	return "a source folder is named for function " + e.Name + ", which no template has"
}

func (r *reader) absolute(source string) string {
	if filepath.IsAbs(source) {
		return source
	}
	root := r.options.Root
	if root == "" {
		root = filepath.Dir(r.assembly.Dir)
	}
	joined := filepath.Join(root, source)
	if absolute, err := filepath.Abs(joined); err == nil {
		return absolute
	}
	return joined
}
