package lambda

import (
	"strings"
	"testing"
)

func TestPermissions(t *testing.T) {
	const source = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/dev/GET/orders/{id}"
	rows := []struct {
		does       string
		permission Permission
		principal  string
		want       bool
	}{
		{"the very source", Permission{SourceARN: source}, "", true},
		{"a wildcard for stage and verb crosses slashes", Permission{
			SourceARN: "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/*/*",
		}, "", true},
		{"no source condition", Permission{}, "", true},
		{"another API", Permission{
			SourceARN: "arn:aws:execute-api:us-east-1:123456789012:other/*/*",
		}, "", false},
		{"a wildcard does not cross a colon", Permission{
			SourceARN: "arn:aws:execute-api:*:a1b2c3/dev/GET/orders/{id}",
		}, "", false},
		{"a question mark is one byte", Permission{
			SourceARN: "arn:aws:execute-api:us-east-1:123456789012:a1b2c?/d?v/GET/*",
		}, "", true},
		{"the source's account", Permission{SourceAccount: "123456789012"}, "", true},
		{"another account", Permission{SourceAccount: "999999999999"}, "", false},
		{"another principal", Permission{Principal: "s3.amazonaws.com"}, "", false},
		{"everybody", Permission{Principal: "*"}, "", true},
		{"another action", Permission{Action: "lambda:GetFunction"}, "", false},
		{"every action", Permission{Action: "lambda:*"}, "", true},
		{
			"a principal the call names",
			Permission{Principal: "events.amazonaws.com"},
			"events.amazonaws.com", true,
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			if row.permission.Principal == "" {
				row.permission.Principal = apiGateway
			}
			if row.permission.Action == "" {
				row.permission.Action = invokeAction
			}
			if row.principal == "" {
				row.principal = apiGateway
			}
			target := &target{permissions: []Permission{row.permission}}
			in := &Input{SourceARN: source, Principal: row.principal}
			if got := target.isAllowed(in); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestAPermissionHoldsForItsQualifierOnly(t *testing.T) {
	c := handlerFunction(t, nil)
	c.Permissions = []Permission{{
		FunctionARN: account + "orders:live", Action: invokeAction, Principal: apiGateway,
	}}
	s := open(t, Options{}, c)
	const source = "arn:aws:execute-api:us-east-1:123456789012:a/dev/GET/x"
	for name, want := range map[string]bool{
		account + "orders:live": true, account + "orders": false, "orders:1": false,
		"orders:live": true, "123456789012:function:orders:live": true,
	} {
		_, err := s.Invoke(t.Context(), Input{FunctionARN: name, SourceARN: source})
		if got := err == nil; got != want {
			t.Errorf("%s is admitted: %v, want %v (%v)", name, got, want, err)
		}
	}
}

func TestAnAliasSplitsItsCalls(t *testing.T) {
	target := &target{
		function: &function{version: "1"},
		shares:   []share{{function: &function{version: "2"}, weight: 0.25}},
	}
	for roll, want := range map[float64]string{0: "2", 0.2499: "2", 0.25: "1", 0.99: "1"} {
		if got, _ := target.pick(roll); got.version != want {
			t.Errorf("a roll of %v gives version %s, want %s", roll, got.version, want)
		}
	}
}

func TestAConfigurationThatContradictsItself(t *testing.T) {
	rows := []struct {
		does   string
		change func(*Configuration)
		says   string
	}{
		{"a function twice", func(c *Configuration) {
			c.Functions = append(c.Functions, c.Functions[0])
		}, "function orders is defined twice"},
		{"an alias of an unknown function", func(c *Configuration) {
			c.Aliases[0].FunctionARN = account + "other"
		}, `alias live: function "other" is not in the configuration`},
		{"an alias of an unknown version", func(c *Configuration) {
			c.Aliases[0].Version = "9"
		}, `alias live of function orders: version "9" does not exist`},
		{"a weight over 1", func(c *Configuration) {
			c.Versions = append(c.Versions, Version{FunctionARN: "orders", Number: "2"})
			c.Aliases[0].Weights = map[string]float64{"2": 1.5}
		}, "weight 1.5 of version 2: weights must be 0.0 to 1.0"},
		{"a share for the very version", func(c *Configuration) {
			c.Aliases[0].Weights = map[string]float64{"1": 0.5}
		}, "Function version 1 is already included in routing configuration."},
		{"three versions behind an alias", func(c *Configuration) {
			c.Aliases[0].Weights = map[string]float64{"2": 0.5, "3": 0.1}
		}, "Number of items in AdditionalVersionWeights cannot be greater than 1"},
		{"$LATEST with a share", func(c *Configuration) {
			c.Aliases[0].Version, c.Aliases[0].Weights = latest, map[string]float64{"1": 0.5}
		}, "$LATEST is not supported for an alias pointing to more than 1 version"},
		{"environments provisioned for $LATEST", func(c *Configuration) {
			c.Aliases[0].Version, c.Aliases[0].Provisioned = latest, 1
		}, "provisioned concurrency wants a published version, not $LATEST"},
		{"more environments provisioned than reserved", func(c *Configuration) {
			c.Functions[0].ReservedConcurrency, c.Versions[0].Provisioned = new(1), 2
		}, "Requested Provisioned Concurrency should not be greater than the " +
			"reservedConcurrentExecution for function"},
		{"a permission for an unknown alias", func(c *Configuration) {
			c.Permissions = []Permission{{FunctionARN: "orders:dev", Principal: "*"}}
		}, "orders:dev does not exist"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			c := handlerFunction(t, nil)
			row.change(&c)
			s := New(Options{StateDir: stateDir})
			defer func() { _ = s.Close() }()
			if err := s.Deploy(t.Context(), c); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

func FuzzParseReference(f *testing.F) {
	for _, text := range []string{
		"orders", "orders:live", account + "orders:$LATEST", "1:function:orders", "arn:aws:x", ":",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, ok := parseReference(text)
		if ok && (r.name == "" || strings.Contains(r.name+r.qualifier, ":")) {
			t.Errorf("%q is read as %+v", text, r)
		}
	})
}
