package constructs

import "testing"

func TestDomainsRefuseWhatTheZoneCannotAnswerFor(t *testing.T) {
	domain := func(props DomainProps) error {
		_, err := NewDomain(nil, props)
		return err
	}
	socket := &Domain{props: DomainProps{Name: "live.example.com", Truststore: "s3://a/b"}}
	expectRefusals(t, []refused{
		{
			"a name without a zone", domain(DomainProps{Name: "a.example.com"}),
			`domain "a.example.com" needs the name and the id of a hosted zone`,
		},
		{
			"a name of another zone",
			domain(DomainProps{Name: "a.example.org", Zone: "example.com", ZoneID: "Z1"}),
			`domain "a.example.org" does not lie in the hosted zone "example.com"`,
		},
		{
			"a truststore that is no object",
			domain(DomainProps{
				Name: "a.example.com", Zone: "example.com", ZoneID: "Z1", Truststore: "trust.pem",
			}),
			`the truststore "trust.pem" is no s3://bucket/key`,
		},
		{
			"client certificates for a WebSocket API",
			socket.ServeWebSocket(&WebSocketAPI{name: "live"}),
			"AWS offers mutual TLS to REST and HTTP APIs alone",
		},
	})
}

func TestObservabilityRefusesLimitsThatAreNone(t *testing.T) {
	_, err := NewObservability(nil, ObservabilityProps{Prefix: "p"})
	expectRefusals(t, []refused{{"no limits", err, "all must be above 0"}})
}
