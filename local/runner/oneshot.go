package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/identity"
	"portico/local/replay"
)

// Invoked is a function's answer, as commands and the runner's own address print it.
type Invoked struct {
	Payload         json.RawMessage `json:"payload"`
	FunctionError   string          `json:"functionError,omitempty"`
	ExecutedVersion string          `json:"executedVersion"`
	RequestID       string          `json:"requestId"`
}

// runFile says where this folder's runner is reached, while it runs.
const runFile = "run.json"

type running struct {
	PID int    `json:"pid"`
	URL string `json:"url"`
}

func (r *Runner) announce() error {
	text, err := json.Marshal(r.running())
	if err != nil {
		return err
	}
	if err := os.WriteFile(inDir(r.options.State, runFile), text, 0o600); err != nil {
		return fmt.Errorf("telling other commands of this runner: %w", err)
	}
	return nil
}

func (r *Runner) running() running { return running{PID: os.Getpid(), URL: r.URL()} }

func (r *Runner) serveRunning(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, r.running())
}

func (r *Runner) withdraw() error {
	err := os.Remove(inDir(r.options.State, runFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// findRunning returns where the runner of a state folder is reached, when it answers: what a killed
// one left behind may name an address that another app has by now.
func findRunning(ctx context.Context, state string) (string, bool) {
	text, err := os.ReadFile(inDir(state, runFile))
	if err != nil {
		return "", false
	}
	var found, answers running
	if json.Unmarshal(text, &found) != nil || found.URL == "" {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err = get(ctx, found.URL+knobs+"running", &answers)
	return found.URL, err == nil && answers == found
}

// checkAlone refuses a second runner for a state folder: what each keeps there would be lost to the
// other.
func checkAlone(ctx context.Context, o Options) error {
	if at, ok := findRunning(ctx, o.State); ok && !o.unannounced {
		return fmt.Errorf("%s is served already, by the portico at %s; end that one first, or serve a "+
			"copy of the folder: two would lose each other's state in %s", o.Dir, at, o.State)
	}
	return nil
}

// InvokeOnce runs one function: in the runner that serves this app when there is one, so that both
// see the same tables, else in one started for the purpose.
func InvokeOnce(ctx context.Context, o Options, function string, event []byte) (Invoked, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Invoked{}, err
	}
	if !json.Valid(event) {
		return Invoked{}, fmt.Errorf("the event is not JSON: %.80q", event)
	}
	if at, ok := findRunning(ctx, o.State); ok {
		var out Invoked
		path := at + knobs + "functions/" + url.PathEscape(function) + "/invocations"
		return out, send(ctx, http.MethodPost, path, event, &out)
	}
	r, err := openQuietly(ctx, o)
	if err != nil {
		return Invoked{}, err
	}
	out, err := r.invoke(ctx, function, event)
	return out, errors.Join(err, r.Close())
}

// openQuietly opens a runner on free ports that serves whatever is honoured: for functions alone,
// what the gateway does not honour is of no matter.
func openQuietly(ctx context.Context, o Options) (*Runner, error) {
	free := 0
	o.Port, o.Lenient, o.Watch = &free, true, false
	o.unannounced, o.functionsOnly = true, true
	return Open(ctx, o)
}

// invoke fills placeholders in and runs a function.
func (r *Runner) invoke(ctx context.Context, function string, event []byte) (Invoked, error) {
	event, err := replay.Expand(event, r.mint, nil)
	if err != nil {
		return Invoked{}, err
	}
	out, err := r.Invoke(ctx, function, event)
	if err != nil {
		return Invoked{}, err
	}
	return Invoked{
		Payload: out.Payload, FunctionError: out.FunctionError,
		ExecutedVersion: out.ExecutedVersion, RequestID: out.RequestID,
	}, nil
}

func (r *Runner) mint(request replay.TokenRequest) (string, error) {
	return r.identity.Load().Token(identity.TokenRequest{
		Use: request.Use, Scopes: request.Scopes, Claims: request.Claims, Lifetime: request.Lifetime,
	})
}

// TokenRequest says what a minted token holds.
type TokenRequest struct {
	Pool, Client, Subject string
	Use                   string // access or id
	Scopes                []string
	Claims                map[string]string
	Lifetime              time.Duration // negative mints an expired one
}

// MintedToken is a token and who issued it.
type MintedToken struct {
	Token  string `json:"token"`
	Issuer string `json:"issuer"`
}

// Token mints a token with the keys of the state folder, so that the runner there accepts it.
func Token(ctx context.Context, o Options, request TokenRequest) (MintedToken, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return MintedToken{}, err
	}
	return app.mint(ctx, request)
}

func (a *App) mint(ctx context.Context, request TokenRequest) (MintedToken, error) {
	if len(a.UserPools) == 0 {
		return MintedToken{}, errors.New("the app has no user pool, so nobody here issues tokens")
	}
	at, err := clockOfRunning(ctx, a.options)
	if err != nil {
		return MintedToken{}, err
	}
	provider, err := identity.New(identity.Options{
		Pools: a.UserPools, Clock: at,
		StateDir: inDir(a.options.State, "identity"),
	})
	if err != nil {
		return MintedToken{}, err
	}
	claims := make(map[string]any, len(request.Claims))
	for name, value := range request.Claims {
		claims[name] = value
	}
	token, err := provider.Token(identity.TokenRequest{
		Pool: request.Pool, Client: request.Client, Use: request.Use, Scopes: request.Scopes,
		Claims: claims, Lifetime: request.Lifetime, Subject: request.Subject,
	})
	if err != nil {
		return MintedToken{}, err
	}
	minted := MintedToken{Token: token}
	for _, pool := range a.UserPools {
		if request.Pool == "" || request.Pool == pool.ID || request.Pool == pool.Name {
			minted.Issuer = pool.Issuer()
			break
		}
	}
	return minted, nil
}

// Explain asks a runner for the record of a call; the newest one when requestID is "".
func Explain(ctx context.Context, o Options, at, requestID string) (*exchange.Record, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if at == "" {
		found, ok := findRunning(ctx, o.State)
		if !ok {
			return nil, fmt.Errorf("no runner serves %s; start one with portico start, or name it "+
				"with --url", o.Dir)
		}
		at = found
	}
	if requestID != "" {
		var record exchange.Record
		return &record, get(ctx, at+knobs+"calls/"+url.PathEscape(requestID), &record)
	}
	var records []exchange.Record
	if err := get(ctx, at+knobs+"calls?count=1", &records); err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, errors.New("the runner has served no call yet")
	}
	return &records[0], nil
}

func get(ctx context.Context, at string, into any) error {
	return send(ctx, http.MethodGet, at, nil, into)
}

// send calls a runner's own address; what it says is wrong becomes the error.
func send(ctx context.Context, method, at string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking the runner: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("asking the runner: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		var p problem
		if json.Unmarshal(text, &p) == nil && p.Message != "" {
			return errors.New(p.Message)
		}
		return fmt.Errorf("%s answered %s; is it a portico runner?", at, response.Status)
	}
	return json.Unmarshal(text, into)
}

// WriteRecord prints what every step of a call decided.
func WriteRecord(w io.Writer, r *exchange.Record) {
	fmt.Fprintf(w, "%s %s → %d  %s\n", r.Method, r.Path, r.Status, milliseconds(r.Took))
	if r.APIID == "" { // it reached none
		fmt.Fprintf(w, "  domain %s", r.APIName)
	} else {
		fmt.Fprintf(w, "  %s API %s (%s), stage %s", r.APIKind, r.APIName, r.APIID, r.Stage)
	}
	if r.Route != "" {
		fmt.Fprintf(w, ", route %s", r.Route)
	}
	if r.Function != "" {
		fmt.Fprintf(w, ", function %s", r.Function)
	}
	fmt.Fprintf(w, "\n  request %s, %s\n", r.RequestID, r.Received.Format(time.RFC3339Nano))
	for _, mark := range r.Marks {
		fmt.Fprintf(w, "  %-9s %-28s %9s", mark.Verdict, mark.Step, milliseconds(mark.Took))
		for _, fact := range mark.Facts {
			fmt.Fprintf(w, "  %s=%s", fact.Name, fact.Value)
		}
		if mark.Reason != "" {
			fmt.Fprintf(w, "\n            %s", strings.ReplaceAll(mark.Reason, "\n", "\n            "))
		}
		fmt.Fprintln(w)
	}
}

// ReplayOptions say which fixtures are replayed.
type ReplayOptions struct {
	Paths  []string
	Update bool
}

// Replay runs fixtures through the app's functions, in a runner of their own with empty tables.
func Replay(ctx context.Context, o Options, ro ReplayOptions) (ReplayResults, error) {
	fixtures, err := replay.Load(ro.Paths...)
	if err != nil {
		return nil, err
	}
	r, err := openQuietly(ctx, o)
	if err != nil {
		return nil, err
	}
	results := replay.Run(ctx, fixtures, replay.Options{
		Invoke: r.Invoke, Token: r.mint, Workers: replayWorkers, Update: ro.Update,
	})
	return results, r.Close()
}

// replayWorkers is how many fixtures run at a time: enough to keep functions busy.
const replayWorkers = 8

// ReplayResults are the results of a replay, in the order of the fixtures' paths.
type ReplayResults []replay.Result

// Failed returns how many fixtures did not get their expected answer.
func (results ReplayResults) Failed() int {
	failed := 0
	for _, r := range results {
		if r.Failed() {
			failed++
		}
	}
	return failed
}

// WriteJUnit writes the results as a JUnit report.
func (results ReplayResults) WriteJUnit(w io.Writer) error { return replay.WriteJUnit(w, results) }

// WriteTable prints a line per fixture, every difference below it, and the count.
func (results ReplayResults) WriteTable(w io.Writer) {
	for _, s := range results.Summary() {
		fmt.Fprintf(w, "%-7s %s/%s  %s\n", s.Verdict, s.Function, s.Case, milliseconds(s.Took))
		for _, difference := range s.Differences {
			fmt.Fprintf(w, "        %s\n", difference)
		}
	}
	failed := results.Failed()
	fmt.Fprintf(w, "%d passed, %d failed\n", len(results)-failed, failed)
}

// ReplaySummary is one result, for machines and tables.
type ReplaySummary struct {
	Function    string        `json:"function"`
	Case        string        `json:"case"`
	Path        string        `json:"path"`
	Verdict     string        `json:"verdict"` // passed, failed, updated
	Differences []string      `json:"differences,omitempty"`
	Took        time.Duration `json:"took"` // nanoseconds
}

// Summary returns the results for machines and tables.
func (results ReplayResults) Summary() []ReplaySummary {
	summary := make([]ReplaySummary, 0, len(results))
	for _, r := range results {
		s := ReplaySummary{
			Function: r.Fixture.Function, Case: r.Fixture.Name, Path: filepath.ToSlash(r.Fixture.Path),
			Verdict: "passed", Differences: r.Differences, Took: r.Took,
		}
		switch {
		case r.Err != nil:
			s.Verdict, s.Differences = "failed", []string{r.Err.Error()}
		case r.Updated:
			s.Verdict = "updated"
		case r.Failed():
			s.Verdict = "failed"
		}
		summary = append(summary, s)
	}
	return summary
}
