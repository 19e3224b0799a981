package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	gateway "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	function "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"portico/infra/release"
	"portico/local/runner"
	"portico/test/canary"
)

// backend is what both versions of an API or a function call, each by its own path.
type backend struct {
	*httptest.Server

	mu   sync.Mutex // guards what follows
	does func(call int) (status int, takes time.Duration)
	made int // calls of the new version
}

// startBackend answers for v1 at once; for v2 a test may want something else.
func startBackend(t *testing.T) *backend {
	b := &backend{}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// newIs says what the calls of the new version are answered with, and how long that takes.
func (b *backend) newIs(does func(call int) (int, time.Duration)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.does = does
}

// ServeHTTP answers with the version that is called.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, takes := b.answer(strings.TrimPrefix(r.URL.Path, "/"))
	if takes > 0 {
		timer := time.NewTimer(takes)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.TrimPrefix(r.URL.Path, "/")) // a client that is gone reads nothing
}

func (b *backend) answer(version string) (int, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if version != "v2" || b.does == nil {
		return http.StatusOK, 0
	}
	b.made++
	return b.does(b.made)
}

// releasable is a runner that serves version 1 of something to its clients, and has version 2 of
// it.
type releasable struct {
	t       *testing.T
	backend *backend
	reached release.Reached
	aim     release.Aim
	clock   canary.Clock
	traffic *canary.Traffic
	records release.Records

	before, candidate string
}

// startReleasable makes a target of a kind: stage, stack or alias.
func startReleasable(t *testing.T, kind string) *releasable {
	t.Helper()
	r := runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true, Path: os.Getenv("PATH")})
	reached, err := release.Reach(t.Context(), "us-east-1", r.URL())
	if err != nil {
		t.Fatal(err)
	}
	made := &releasable{
		t: t, reached: reached, backend: startBackend(t), records: release.Records{Dir: t.TempDir()},
		clock: canary.Clock{Runner: reached.Clock.(release.Runner), Calls: 80},
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}
	t.Cleanup(client.CloseIdleConnections)
	made.traffic = &canary.Traffic{}
	switch kind {
	case "stage":
		made.traffic.Call = canary.Getter(client, made.makeStage())
	case "stack":
		made.traffic.Call = canary.Getter(client, made.makeStack())
	default:
		made.makeAlias()
		made.traffic.Call = invoker(client, r.URL()+"/2015-03-31/functions/orders:live/invocations")
	}
	made.aim.Region, made.aim.Endpoint = "us-east-1", r.URL()
	return made
}

// call begins to call; there is some traffic before anything is released. What the first calls
// took, while processes began, is two hours ago then.
func (r *releasable) call() {
	r.traffic.Start()
	r.t.Cleanup(r.traffic.Stop)
	r.clock.Traffic = r.traffic
	for _, passes := range []time.Duration{2 * time.Hour, time.Minute} {
		if err := r.clock.Sleep(r.t.Context(), passes); err != nil {
			r.t.Fatal(err)
		}
	}
}

// engine returns what a person's command is.
func (r *releasable) engine(by string) *release.Engine {
	r.t.Helper()
	connection, err := release.Connect(r.t.Context(), r.aim)
	if err != nil {
		r.t.Fatal(err)
	}
	return &release.Engine{Target: connection.Target, Clock: r.clock, Records: r.records, By: by}
}

func (r *releasable) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// makeStage creates a REST API with two deployments.
func (r *releasable) makeStage() (address string) {
	ctx, client := r.t.Context(), apigateway.NewFromConfig(r.reached.Config)
	api, err := client.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("orders")})
	r.check(err)
	all, err := client.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: api.Id})
	r.check(err)
	_, err = client.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: api.Id, ResourceId: all.Items[0].Id, HttpMethod: aws.String("GET"),
		AuthorizationType: aws.String("NONE"),
	})
	r.check(err)
	deploy := func(version, stage string) string {
		_, err := client.PutIntegration(ctx, &apigateway.PutIntegrationInput{
			RestApiId: api.Id, ResourceId: all.Items[0].Id, HttpMethod: aws.String("GET"),
			Type: gateway.IntegrationTypeHttpProxy, IntegrationHttpMethod: aws.String("GET"),
			Uri: aws.String(r.backend.URL + "/" + version),
		})
		r.check(err)
		input := &apigateway.CreateDeploymentInput{RestApiId: api.Id}
		if stage != "" {
			input.StageName = aws.String(stage)
		}
		made, err := client.CreateDeployment(ctx, input)
		r.check(err)
		return aws.ToString(made.Id)
	}
	r.before, r.candidate = deploy("v1", "prod"), deploy("v2", "")
	r.aim = release.Aim{API: aws.ToString(api.Id), Stage: "prod"}
	return canary.StageAddress(r.reached.Endpoint, aws.ToString(api.Id), "prod")
}

// makeStack deploys a stack, pins what it serves, and deploys it again.
func (r *releasable) makeStack() (address string) {
	ctx := r.t.Context()
	r.aim = release.Aim{Stack: "orders", Endpoint: r.reached.Endpoint}
	deploy := func(name, version string) (*release.Stack, string) {
		address, err := canary.Deploy(ctx, r.reached, "orders", canary.Template(name,
			`{ Type: HTTP_PROXY, IntegrationHttpMethod: GET, Uri: "`+r.backend.URL+"/"+version+`" }`))
		r.check(err)
		connection, err := release.Connect(ctx, r.aim)
		r.check(err)
		return connection.Target.(*release.Stack), address
	}
	stack, address := deploy("One", "v1")
	pinned, err := stack.Pin(ctx)
	if r.check(err); !pinned {
		r.t.Fatal("the stack was pinned already")
	}
	if r.before, err = stack.Candidate(ctx); err == nil {
		stack, _ = deploy("Two", "v2")
		r.candidate, err = stack.Candidate(ctx)
	}
	r.check(err)
	return address
}

// makeAlias creates a function with two versions, and an alias of the first.
func (r *releasable) makeAlias() {
	ctx, client := r.t.Context(), lambda.NewFromConfig(r.reached.Config)
	code, err := os.ReadFile(zipped(r.t, "./testdata/release/function", ""))
	r.check(err)
	name := aws.String("orders")
	variables := func(version string) *function.Environment {
		return &function.Environment{
			Variables: map[string]string{"BACKEND": r.backend.URL + "/" + version},
		}
	}
	first, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: name, Runtime: function.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Role: aws.String("arn:aws:iam::123456789012:role/r"), Timeout: aws.Int32(20), Publish: true,
		Code: &function.FunctionCode{ZipFile: code}, Environment: variables("v1"),
	})
	r.check(err)
	_, err = client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: name, Environment: variables("v2"),
	})
	r.check(err)
	second, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name})
	r.check(err)
	_, err = client.CreateAlias(ctx, &lambda.CreateAliasInput{
		FunctionName: name, Name: aws.String("live"), FunctionVersion: first.Version,
	})
	r.check(err)
	r.before, r.candidate = aws.ToString(first.Version), aws.ToString(second.Version)
	r.aim = release.Aim{Function: "orders", Alias: "live"}
}

// invoker makes calls of a function; an answer is as a Getter's.
func invoker(client *http.Client, url string) func(int) string {
	return func(int) string {
		request, err := http.NewRequest(http.MethodPost, url, http.NoBody)
		if err != nil {
			return err.Error()
		}
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+
			"lambda/aws4_request, SignedHeaders=host, Signature=0")
		response, err := client.Do(request)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err.Error()
		}
		answer, failed := "", struct{ ErrorMessage string }{}
		switch {
		case json.Unmarshal(body, &answer) == nil:
			return fmt.Sprint(response.StatusCode, " ", answer)
		case json.Unmarshal(body, &failed) == nil && failed.ErrorMessage == "v2":
			return "500 v2"
		}
		return fmt.Sprint(response.StatusCode, " ", string(body))
	}
}
