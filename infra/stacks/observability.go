package stacks

import (
	"portico/infra/constructs"
	"portico/shared/names"
)

// Observability is the alarms and dashboards of everything before it. It comes last and nothing
// depends on it: an alarm that cannot be made keeps no API from being deployed.
func Observability(a *Application) error {
	stack := a.stack("observability", "Alarms and dashboards of the order service.")
	limits := a.Settings.Alarms
	o, err := constructs.NewObservability(stack, constructs.ObservabilityProps{
		Prefix: a.prefix(),
		Emails: limits.Emails,
		Retain: a.Settings.RetainData,
		Limits: constructs.AlarmLimits{
			ErrorPercent:       limits.ErrorPercent,
			ClientErrorPercent: limits.ClientErrorPercent,
			LatencyMS:          limits.LatencyMS,
			RefusedPerMinute:   limits.RefusedPerMinute,
			BlockedPerMinute:   limits.BlockedPerMinute,
		},
	})
	if err != nil {
		return err
	}
	o.WatchREST("partner", a.partner)
	o.WatchHTTP("public", a.public)
	o.WatchWebSocket("realtime", a.realtime)
	for _, name := range []string{
		names.Orders, names.Authorizer, names.Realtime, names.Webhooks,
	} {
		o.WatchFunction(name, a.prefix())
	}
	o.WatchDeadLetters("webhooks", a.dead)
	o.WatchFirewall("partner", a.prefix()+"-partner")
	return nil
}
