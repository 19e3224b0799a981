package cloudwatch

import (
	"context"

	"portico/local/control/model"
	"portico/local/control/state"
)

func (s *Service) newCall(in model.Call, w *world) *call {
	return &call{Service: s, in: in.Input, region: in.Region, now: s.options.Clock.Now(), world: w}
}

// reads makes a handler of an operation that changes nothing that is kept.
func (s *Service) reads(do operation) model.Handler {
	return func(_ context.Context, in model.Call) (model.Object, error) {
		return do(s.newCall(in, s.worlds.Read(in.Region)))
	}
}

// writes makes a handler of an operation that changes something. The alarms are evaluated before
// it, so that each minute is judged by what was configured then.
func (s *Service) writes(do operation) model.Handler {
	return func(_ context.Context, in model.Call) (model.Object, error) {
		c := s.newCall(in, nil)
		s.watch.catchUp(in.Region, c.now)
		return state.Answer(s.worlds, in.Region, func(draft *world) (model.Object, error) {
			c.world = draft
			return do(c)
		}, nil)
	}
}
