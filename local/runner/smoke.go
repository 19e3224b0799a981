package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"portico/local/replay"
	"portico/local/smoke"
)

// addressesPath is where a runner tells the addresses of its APIs.
const addressesPath = knobs + "apis"

// smokeFolder is where the cases of an app are, below its root.
const smokeFolder = "smoke"

// thisRunner names the runner of this folder in SmokeQuestion.Against.
const thisRunner = "runner"

// SmokeQuestion says which cases are asked where.
type SmokeQuestion struct {
	Cases []string // files, and folders of them; smoke in the app's root when empty
	// URLs are addresses, as "public=https://…", or of a runner. Stacks have addresses in their
	// outputs. Without both, the runner that serves the app is asked.
	URLs, Stacks []string
	// Against is what is asked besides, and compared: addresses like those above, or "runner".
	Against []string
	// Reach returns who tells of stacks, and the address of the runner that it is, or "". It is called
	// when Stacks are named.
	Reach func() (stacks cloudformation.DescribeStacksAPIClient, at string, err error)
	// Variables win over those of the cases.
	Variables map[string]string
	// Key, Token, Client… are for what is no runner.
	Key, Token, Issuer, ClientID, ClientSecret string
}

// SmokeReport is what became of the cases.
type SmokeReport = smoke.Report

// Smoke asks what every client relies on.
func Smoke(ctx context.Context, o Options, q SmokeQuestion) (*SmokeReport, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	switch { // what is empty comes from a variable that is not set
	case len(q.URLs) > 0 && len(q.Stacks) > 0:
		return nil, errors.New("name one target: --url or --stage")
	case slices.Contains(q.URLs, "") || slices.Contains(q.Against, ""):
		return nil, errors.New(`"" is no address; want one like public=https://api.example.com`)
	case slices.Contains(q.Stacks, ""):
		return nil, errors.New(`"" is no stack; want a name, or a pattern such as 'portico-dev-*'`)
	}
	paths := q.Cases
	if len(paths) == 0 {
		paths = []string{filepath.Join(o.Dir, smokeFolder)}
	}
	sets, err := smoke.Load(paths...)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	a := &asking{options: o, question: &q, client: &http.Client{Transport: transport}}
	run := smoke.Run{Sets: sets, Variables: q.Variables, Client: a.client}
	if run.Target, err = a.target(ctx, q.URLs); err != nil {
		return nil, err
	}
	if len(q.Against) > 0 {
		other, err := a.addresses(ctx, q.Against)
		if err != nil {
			return nil, err
		}
		run.Against = &other
	}
	return run.Do(ctx)
}

// asking finds targets.
type asking struct {
	options  Options
	question *SmokeQuestion
	client   *http.Client
	app      *App // of the tokens and keys of runners; read when it is needed
}

func (a *asking) target(ctx context.Context, urls []string) (smoke.Target, error) {
	if len(a.question.Stacks) == 0 {
		if len(urls) == 0 {
			urls = []string{thisRunner}
		}
		return a.addresses(ctx, urls)
	}
	stacks, at, err := a.question.Reach()
	if err != nil {
		return smoke.Target{}, err
	}
	found, err := smoke.Deployed(ctx, stacks, a.question.Stacks)
	if err != nil {
		return smoke.Target{}, err
	}
	target := smoke.Target{Name: strings.Join(a.question.Stacks, ", "), URLs: found.URLs}
	for name, url := range target.URLs {
		target.URLs[name] = strings.TrimSuffix(url, "/")
	}
	if at == "" {
		a.admit(&target, found.Issuer)
		return target, nil
	}
	here, err := a.runner(ctx, at, target.Name)
	if err != nil {
		return target, err
	}
	here.URLs, err = a.local(ctx, at, target.URLs)
	return here, err
}

// local turns the addresses that APIs have on AWS into those that they have at a runner.
func (a *asking) local(
	ctx context.Context, at string, urls map[string]string,
) (map[string]string, error) {
	var served []APIAddress
	if err := get(ctx, at+addressesPath, &served); err != nil {
		return nil, err
	}
	made := maps.Clone(urls)
	for name, one := range urls {
		_, host, _ := strings.Cut(one, "://")
		id, rest, _ := strings.Cut(host, ".")
		for _, api := range served {
			if api.ID == id && (api.Stage == "$default" || strings.HasSuffix(rest, "/"+api.Stage)) {
				made[name] = api.URL
			}
		}
	}
	return made, nil
}

// admit gives a target that is no runner what the caller has to come in with.
func (a *asking) admit(target *smoke.Target, issuer string) {
	q := a.question
	if q.Issuer != "" {
		issuer = q.Issuer
	}
	client := &smoke.Client{
		Issuer: issuer, ID: q.ClientID, Secret: q.ClientSecret, Ready: q.Token, HTTP: a.client,
	}
	target.Token, target.Key = client.Token, q.Key
}

// addresses reads addresses: one of a runner, or some by the names of their APIs.
func (a *asking) addresses(ctx context.Context, given []string) (smoke.Target, error) {
	if slices.Equal(given, []string{thisRunner}) {
		at, ok := findRunning(ctx, a.options.State)
		if !ok {
			return smoke.Target{}, fmt.Errorf("no runner serves %s; start one with portico start, or name "+
				"what is asked with --url or --stage", a.options.Dir)
		}
		return a.runner(ctx, at, "the runner")
	}
	target := smoke.Target{Name: strings.Join(given, ", "), URLs: map[string]string{}}
	for _, one := range given {
		name, at, isNamed := strings.Cut(one, "=")
		if !isNamed || strings.Contains(name, "://") {
			name, at = "", one
		}
		if err := checkAddress(at); err != nil {
			return target, err
		}
		if name != "" {
			target.URLs[name] = strings.TrimSuffix(at, "/")
			continue
		}
		if len(given) > 1 {
			return target, fmt.Errorf("which API is at %s? Say so: --url public=%s", at, at)
		}
		return a.runner(ctx, strings.TrimSuffix(at, "/"), at)
	}
	if len(given) > 1 {
		target.Name = hosts(target.URLs)
	}
	a.admit(&target, "")
	return target, nil
}

func hosts(urls map[string]string) string {
	var all []string
	for _, at := range urls {
		if parsed, err := url.Parse(at); err == nil {
			all = append(all, parsed.Host)
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

func checkAddress(at string) error {
	parsed, err := url.Parse(at)
	if err != nil || parsed.Host == "" ||
		!slices.Contains([]string{"http", "https", "ws", "wss"}, parsed.Scheme) {
		return fmt.Errorf("%q is no address, want one like https://api.example.com, or "+
			"public=https://api.example.com", at)
	}
	return nil
}

// runner asks a runner where its APIs are, and mints tokens of this app's user pools for it.
func (a *asking) runner(ctx context.Context, at, name string) (smoke.Target, error) {
	var served []APIAddress
	if err := get(ctx, at+addressesPath, &served); err != nil {
		return smoke.Target{}, fmt.Errorf("%w; to ask one API that is no runner, name it: --url public=%s",
			err, at)
	}
	target := smoke.Target{
		Name: name, Runner: true, URLs: map[string]string{}, Token: a.mint(),
	}
	for _, api := range served {
		target.URLs[api.Name] = api.URL
	}
	if target.Key = a.question.Key; target.Key == "" {
		app, err := a.read(ctx)
		if err != nil {
			return target, err
		}
		target.Key = app.firstKey()
	}
	return target, nil
}

func (a *asking) read(ctx context.Context) (*App, error) {
	if a.app == nil {
		app, err := Read(ctx, a.options)
		if err != nil {
			return nil, err
		}
		a.app = app
	}
	return a.app, nil
}

// firstKey returns the value of an API key of the template that is enabled; "" for none.
func (a *App) firstKey() string {
	for _, definition := range a.REST {
		for _, plan := range definition.UsagePlans {
			for _, key := range plan.Keys {
				if key.Enabled {
					return key.Value
				}
			}
		}
	}
	return ""
}

// mint returns what portico token does, and keeps each token.
func (a *asking) mint() func(context.Context, replay.TokenRequest) (string, error) {
	minted := map[string]string{}
	return func(ctx context.Context, asked replay.TokenRequest) (string, error) {
		key := fmt.Sprint(asked)
		if token, known := minted[key]; known {
			return token, nil
		}
		app, err := a.read(ctx)
		if err != nil {
			return "", err
		}
		token, err := app.mint(ctx, TokenRequest{
			Use: asked.Use, Scopes: asked.Scopes, Lifetime: asked.Lifetime,
			Claims: texts(asked.Claims),
		})
		minted[key] = token.Token
		return token.Token, err
	}
}

func texts(claims map[string]any) map[string]string {
	made := make(map[string]string, len(claims))
	for name, value := range claims {
		made[name] = fmt.Sprint(value)
	}
	return made
}

func (r *Runner) serveAddresses(w http.ResponseWriter, _ *http.Request) {
	all := r.Addresses()
	if all == nil {
		all = []APIAddress{}
	}
	answer(w, http.StatusOK, all)
}
