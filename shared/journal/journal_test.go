package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"portico/shared/journal"
)

func TestEveryLineHasTheRequestID(t *testing.T) {
	var out bytes.Buffer
	log, err := journal.New(&out, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx := lambdacontext.NewContext(context.Background(),
		&lambdacontext.LambdaContext{AwsRequestID: "r-1"})
	log.With("route", "GET /orders").InfoContext(ctx, "answered")

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("the line is no JSON: %v", err)
	}
	for key, want := range map[string]any{
		"requestId": "r-1", "route": "GET /orders", "msg": "answered", "level": "INFO",
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
}

func TestLevelDecidesWhatIsWritten(t *testing.T) {
	for name, row := range map[string]struct {
		level   string
		written bool
		bad     bool
	}{
		"debug writes debug":                   {level: "debug", written: true},
		"capital letters do not matter":        {level: "DEBUG", written: true},
		"no level is info":                     {level: ""},
		"info leaves debug out":                {level: "info"},
		"error leaves debug out":               {level: "error"},
		"an unknown level is named, then info": {level: "loud", bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log, err := journal.New(&out, row.level)
			if bad := err != nil; bad != row.bad {
				t.Errorf("error = %v, want one: %v", err, row.bad)
			}
			log.Debug("detail")
			if written := out.Len() > 0; written != row.written {
				t.Errorf("written = %v, want %v", written, row.written)
			}
		})
	}
}
