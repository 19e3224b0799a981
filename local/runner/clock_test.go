package runner

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/clock"
	"portico/local/identity"
)

func frozenRunner(t *testing.T, at string) *Runner {
	t.Helper()
	start, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	options, err := Options{Dir: t.TempDir(), Clock: clock.NewManual(start)}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return &Runner{options: options, calls: &calls{}}
}

func TestTheClockIsMovedByKnobs(t *testing.T) {
	const start = "2026-03-04T12:00:00Z"
	for _, r := range []struct {
		name, method, path string
		status             int
		want               string // the time it shows, or what is wrong
	}{
		{"it is shown", "GET", "", 200, start},
		{"it is advanced", "POST", "/advance?by=36h", 200, "2026-03-06T00:00:00Z"},
		{"it is set", "POST", "/set?to=2026-01-01T00:00:00%2B01:00", 200, "2025-12-31T23:00:00Z"},
		{"it is set back", "POST", "/set?to=now", 200, start},
		{"it is frozen", "POST", "/freeze", 200, start},
		{"it goes on", "POST", "/resume", 200, start},
		{"it is not advanced backwards", "POST", "/advance?by=-1h", 400, `advanced by "-1h", want a duration`},
		{"nor by nothing", "POST", "/advance", 400, `advanced by "", want a duration`},
		{"nor for ever", "POST", "/advance?by=2000000h", 400, "allowed are the years 2000 to 2199"},
		{"it is not set to what is no time", "POST", "/set?to=noon", 400, `set to "noon", want a time`},
		{"there are four moves", "POST", "/stop", 400, "allowed are set, advance, freeze and resume"},
		{"it is not moved by a link", "GET", "/freeze", 405, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			runner := frozenRunner(t, start)
			request := httptest.NewRequest(r.method, clockPath+r.path, http.NoBody)
			request.Host = "localhost:3000"
			recorder := httptest.NewRecorder()
			runner.knobHandler().ServeHTTP(recorder, request)
			if recorder.Code != r.status {
				t.Fatalf("got %d %s, want %d", recorder.Code, recorder.Body, r.status)
			}
			if r.status != 200 {
				if !strings.Contains(recorder.Body.String(), strings.ReplaceAll(r.want, `"`, `\"`)) {
					t.Errorf("got %s, want %s", recorder.Body, r.want)
				}
				return
			}
			var state ClockState
			if err := json.Unmarshal(recorder.Body.Bytes(), &state); err != nil {
				t.Fatal(err)
			}
			if got := state.Now.Format(time.RFC3339); got != r.want || state.Frozen != strings.HasSuffix(r.path, "freeze") {
				t.Errorf("got %+v, want %s", state, r.want)
			}
		})
	}
}

// Tokens that are minted beside a runner are valid at the time that it shows.
func TestTokensGoByTheRunnersClock(t *testing.T) {
	options, err := Options{Dir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := &Runner{options: options, calls: &calls{}}
	provider, err := identity.New(identity.Options{Clock: r.options.Clock, StateDir: r.options.State})
	if err != nil {
		t.Fatal(err)
	}
	r.identity.Store(provider)
	mux := http.NewServeMux() // of a runner that has no server to tell its address
	mux.Handle("/", r.knobHandler())
	mux.HandleFunc("GET "+knobs+"running", func(w http.ResponseWriter, asked *http.Request) {
		answer(w, http.StatusOK, running{URL: "http://" + asked.Host})
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	announced := []byte(`{"url":"` + server.URL + `"}`)
	writeFile(t, filepath.Join(r.options.State, runFile), announced)
	own, err := Options{Dir: r.options.Dir, State: r.options.State}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	for _, move := range []ClockMove{
		{},
		{Kind: ClockAdvance, By: "24h"},
		{Kind: ClockFreeze},
		{Kind: ClockSet, To: "2026-01-01T00:00:00Z"},
	} {
		state, err := MoveClock(t.Context(), own, "", move)
		if err != nil {
			t.Fatal(err)
		}
		got, err := clockOfRunning(t.Context(), own)
		if err != nil {
			t.Fatal(err)
		}
		if off := got.Now().Sub(state.Now); off < 0 || off > time.Minute {
			t.Errorf("%+v: the time beside the runner is %s, that of the runner %s", move, got.Now(), state.Now)
		}
	}
	server.Close()
	if _, err := MoveClock(t.Context(), own, "", ClockMove{}); err == nil ||
		!strings.Contains(err.Error(), "no runner serves") {
		t.Errorf("without a runner got %v", err)
	}
}
