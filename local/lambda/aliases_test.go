package lambda

import (
	"math/rand/v2"
	"testing"
)

func TestUpdateAlias(t *testing.T) {
	options := Options{Published: t.TempDir()}
	s := open(t, options, released(t, options.Published, "a", Version{Origin: "V1"}))
	second := func() Configuration {
		c := released(t, options.Published, "b", Version{Origin: "V2"})
		c.Aliases[0].Version = "1" // as long as nobody shifts it
		return c
	}
	if err := s.Deploy(t.Context(), second()); err != nil {
		t.Fatal(err)
	}
	before, err := s.Aliases("orders")
	if err != nil || len(before) != 1 || before[0].Version != "1" {
		t.Fatalf("aliases %+v, %v", before, err)
	}
	update := func(u AliasUpdate) (AliasState, error) {
		u.Function = "orders"
		if u.Name == "" {
			u.Name = "live"
		}
		return s.UpdateAlias(u)
	}
	t.Run("a share goes to the second version", func(t *testing.T) {
		after, err := update(AliasUpdate{
			Weights: map[string]float64{"2": 0.4}, RevisionID: before[0].RevisionID,
		})
		if err != nil || after.RevisionID == before[0].RevisionID || after.Weights["2"] != 0.4 {
			t.Fatalf("got %+v, %v", after, err)
		}
		served := map[string]int{}
		random := rand.New(rand.NewPCG(1, 2))
		s.options.Roll = random.Float64
		for range 500 {
			out, err := s.Invoke(t.Context(), Input{FunctionARN: "orders:live"})
			if err != nil {
				t.Fatal(err)
			}
			served[out.ExecutedVersion]++
		}
		if served["2"] < 160 || served["2"] > 240 || served["1"]+served["2"] != 500 {
			t.Errorf("served %v, want about 300 and 200", served)
		}
		for _, m := range s.Metrics(MetricsQuery{Function: "orders", Qualifier: "live"}) {
			if int(m.Invocations) != served[m.ExecutedVersion] || m.Resource != "orders:live" {
				t.Errorf("counted %+v, want %v", m, served)
			}
		}
	})
	t.Run("an update by an old revision is refused", func(t *testing.T) {
		_, err := update(AliasUpdate{Version: "2", RevisionID: before[0].RevisionID})
		if refusedWith(err) != "PreconditionFailedException" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what leads nowhere is refused", func(t *testing.T) {
		for _, u := range []AliasUpdate{
			{Name: "other", Version: "2"}, {Version: "9"},
		} {
			if _, err := update(u); refusedWith(err) != "ResourceNotFoundException" {
				t.Errorf("%+v: got %v", u, err)
			}
		}
		for _, weights := range []map[string]float64{
			{"1": 0.5}, {"9": 0.5}, {"2": -0.1}, {"2": 0.1, "3": 0.1}, {latest: 0.1},
		} {
			if _, err := update(AliasUpdate{Weights: weights}); refusedWith(err) !=
				"InvalidParameterValueException" {
				t.Errorf("%v: got %v", weights, err)
			}
		}
	})
	t.Run("it outlives a deployment that says the same", func(t *testing.T) {
		if err := s.Deploy(t.Context(), second()); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Aliases("orders"); err != nil || now[0].Weights["2"] != 0.4 {
			t.Errorf("got %+v, %v", now, err)
		}
	})
	t.Run("it outlives the service", func(t *testing.T) {
		other := open(t, options, second())
		if now, err := other.Aliases("orders"); err != nil || now[0].Weights["2"] != 0.4 {
			t.Errorf("got %+v, %v", now, err)
		}
	})
	t.Run("promotion takes the version and removes the share", func(t *testing.T) {
		after, err := update(AliasUpdate{Version: "2", Weights: map[string]float64{}})
		if err != nil || after.Version != "2" || len(after.Weights) != 0 {
			t.Errorf("got %+v, %v", after, err)
		}
		wantServed(t, s, map[string]string{"orders:live": "2 of release b"})
	})
	t.Run("a template that says something else wins", func(t *testing.T) {
		c := second()
		c.Aliases[0].Weights = map[string]float64{"2": 0.01}
		if err := s.Deploy(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Aliases("orders"); err != nil || now[0].Version != "1" ||
			now[0].Weights["2"] != 0.01 {
			t.Errorf("got %+v, %v", now, err)
		}
	})
}

func TestNoCallIsDroppedWhileAnAliasShifts(t *testing.T) {
	options := Options{Published: t.TempDir()}
	s := open(t, options, released(t, options.Published, "a", Version{Origin: "V1"}))
	if err := s.Deploy(t.Context(), released(t, options.Published, "b", Version{Origin: "V2"})); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			out, err := s.Invoke(t.Context(), Input{FunctionARN: "orders:live", Payload: []byte(`{"n":1}`)})
			if err != nil || string(out.Payload) != `{"n":1}` {
				t.Errorf("answered %s, %v", out.Payload, err)
			}
		}
	}()
	for i := range 50 {
		u := AliasUpdate{Function: "orders", Name: "live", Version: "2", Weights: map[string]float64{}}
		if i%2 == 0 {
			u.Version, u.Weights = "1", map[string]float64{"2": 0.5}
		}
		if _, err := s.UpdateAlias(u); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}
