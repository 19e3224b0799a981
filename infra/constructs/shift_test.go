package constructs

import "testing"

func TestShiftRefusesWhatCodeDeployWould(t *testing.T) {
	shift := func(props ShiftProps) error {
		_, err := NewShift(nil, props)
		return err
	}
	expectRefusals(t, []refused{
		{
			"a schedule that there is not", shift(ShiftProps{Application: "a", Schedule: "Slowly"}),
			`application "a" shifts by the schedule "Slowly": it must be one of AllAtOnce, Canary10`,
		},
		{
			"a schedule without a hook",
			shift(ShiftProps{Application: "a", Schedule: "AllAtOnce", ErrorPercent: 1}),
			`application "a" has the hook ""`,
		},
		{
			"no share of errors", shift(ShiftProps{Application: "a", Schedule: "AllAtOnce", Hook: "h"}),
			"a share above 0",
		},
	})
}
