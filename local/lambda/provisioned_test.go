package lambda

import (
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// provisioned is handlerFunction with n environments of its version kept ready.
func provisioned(t *testing.T, n int, change func(*Function)) Configuration {
	c := handlerFunction(t, change)
	c.Aliases[0].Provisioned = n
	return c
}

func TestProvisionedEnvironmentsAreStartedAheadAndKept(t *testing.T) {
	lines := newRecord()
	s := open(t, Options{Log: lines.add, WarmEnvironments: 1, MaxEnvironments: 8},
		provisioned(t, 2, nil))
	lines.await(t, "init line", 2) // nobody has called
	variables := decode[[]string](t, call(t, s, "orders:live", `{"do":"environment"}`))
	if !slices.Contains(variables, "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency") {
		t.Errorf("the environment was not provisioned: %v", variables)
	}
	if lines.count("init line") != 2 {
		t.Errorf("%d environments, want the two", lines.count("init line"))
	}
	pid := decode[place](t, call(t, s, "orders:live", `{"do":"context"}`)).PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	lines.await(t, "init line", 3) // another takes its place
	variables = decode[[]string](t, call(t, s, "orders", `{"do":"environment"}`))
	if !slices.Contains(variables, "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand") {
		t.Errorf("$LATEST is not provisioned: %v", variables)
	}
}

func call(t *testing.T, s *Service, name, event string) Output {
	t.Helper()
	out, err := s.Invoke(t.Context(), Input{FunctionARN: name, Payload: []byte(event)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestProvisionedEnvironmentsThatCannotStartAreTriedEverMoreRarely(t *testing.T) {
	lines, clock := newRecord(), newManual()
	open(t, Options{Log: lines.add, Clock: clock}, provisioned(t, 1, func(f *Function) {
		f.Environment = map[string]string{"INIT": "exit"}
	}))
	for i, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		clock.awaitBell(pause)
		if n := lines.count("cannot start"); n != i+1 {
			t.Errorf("%d tries before the pause of %v, want %d", n, pause, i+1)
		}
		clock.advance(pause)
	}
	lines.await(t, "cannot start", 4)
}

func TestAShiftingAliasProvisionsBothVersions(t *testing.T) {
	c := provisioned(t, 4, nil)
	c.Versions = append(c.Versions, Version{FunctionARN: "orders", Number: "2"})
	s := open(t, Options{MaxEnvironments: 8}, c)
	if _, err := s.UpdateAlias(AliasUpdate{
		Function: "orders", Name: "live", Weights: map[string]float64{"2": 0.1},
	}); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]int{"1": 3, "2": 1} {
		fn := s.current.Load().versions[account+"orders:"+number]
		if fn.provisioned != want {
			t.Errorf("version %s keeps %d ready, want %d", number, fn.provisioned, want)
		}
	}
}

func TestCloseWhileVersionsServe(t *testing.T) {
	c := provisioned(t, 2, nil)
	c.Versions = append(c.Versions, Version{FunctionARN: "orders", Number: "2", Provisioned: 2})
	c.Aliases[0].Weights = map[string]float64{"2": 0.5}
	s := New(Options{StateDir: stateDir})
	if err := s.Deploy(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	served := make(chan struct{}, 1000)
	for range 16 {
		callers.Go(func() {
			for {
				_, err := s.Invoke(t.Context(), Input{
					FunctionARN: "orders:live", Payload: []byte(`{"do":"sleep","n":20}`),
				})
				if err != nil {
					return
				}
				select {
				case served <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 50 {
		<-served
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	callers.Wait()
}
