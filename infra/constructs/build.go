package constructs

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"
)

// buildTags leave the net/rpc transport of the retired go1.x runtime out of the binary.
const buildTags = "lambda.norpc"

// buildArguments make a binary that is the same on every machine: no paths, no build id.
func buildArguments() []string {
	return []string{"build", "-trimpath", "-tags", buildTags, "-ldflags", "-s -w -buildid="}
}

// buildEnvironment is what Lambda runs: Linux on arm64, without C.
func buildEnvironment() []string {
	return []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0"}
}

// code returns the function's code: a folder with a bootstrap that is compiled only when CDK needs
// it to deploy, under a hash that is known without compiling.
func (s *Sources) code(source string) (awslambda.Code, error) {
	hash, err := s.Fingerprint(source)
	if err != nil {
		return nil, err
	}
	return awslambda.Code_FromAsset(jsii.String(s.Dir(source)), &awss3assets.AssetOptions{
		AssetHash:     jsii.String(hash),
		AssetHashType: awscdk.AssetHashType_CUSTOM,
		Bundling: &awscdk.BundlingOptions{
			// CDK asks for an image in case the local build declines. Ours never does.
			Image:      awscdk.DockerImage_FromRegistry(jsii.String("scratch")),
			Local:      &goBuild{sources: s, source: source},
			OutputType: awscdk.BundlingOutput_NOT_ARCHIVED,
		},
	}), nil
}

// goBuild compiles a function into the folder CDK gives it.
type goBuild struct {
	sources *Sources
	source  string
}

var _ awscdk.ILocalBundling = (*goBuild)(nil)

// TryBundle writes the bootstrap. CDK offers no way to return an error here; a panic is what it
// makes of its own mistakes too, and the app prints either as a sentence.
func (b *goBuild) TryBundle(output *string, _ *awscdk.BundlingOptions) *bool {
	arguments := slices.Concat(buildArguments(),
		[]string{"-o", filepath.Join(*output, "bootstrap"), "./" + b.source})
	command := exec.Command("go", arguments...)
	command.Dir = b.sources.root
	command.Env = append(command.Environ(), buildEnvironment()...)
	if out, err := command.CombinedOutput(); err != nil {
		panic(fmt.Errorf("build function %q for Lambda: go build: %w\n%s", b.source, err, out))
	}
	return jsii.Bool(true)
}
