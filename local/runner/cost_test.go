package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/local/cost"
)

func TestAccessLogsOfEveryKind(t *testing.T) {
	apis := &cost.Infrastructure{APIs: []*cost.API{
		{Name: "portico-dev-public", Kind: cost.HTTP}, {Name: "portico-dev-live", Kind: cost.WebSocket},
	}}
	const web = `{"httpMethod":"GET","path":"/","requestTime":"22/Nov/2026:10:00:00 +0000","responseLength":"1024"}
{"httpMethod":"GET","path":"/","requestTime":"22/Nov/2026:11:00:00 +0000","responseLength":"3072"}
not a line
`
	const live = `{"eventType":"CONNECT","connectionId":"a","requestTime":"22/Nov/2026:10:00:00 +0000"}
{"eventType":"MESSAGE","connectionId":"a","requestTime":"22/Nov/2026:10:01:00 +0000"}
{"eventType":"DISCONNECT","connectionId":"a","requestTime":"22/Nov/2026:10:30:00 +0000"}
{"eventType":"CONNECT","connectionId":"b","requestTime":"22/Nov/2026:11:00:00 +0000"}
`
	for _, row := range []struct {
		name, file, text string
		over             time.Duration
		api              string
		want             cost.APITraffic
		kb               float64
	}{
		{
			"of an HTTP API, told by the name of the file", "aws-portico-dev-public.log", web, 0,
			"portico-dev-public",
			cost.APITraffic{Requests: 2 * cost.Month},
			2,
		},
		{
			"of a time that is given", "aws-portico-dev-public.log", web, 24 * time.Hour,
			"portico-dev-public",
			cost.APITraffic{Requests: 2 * cost.Month / 24},
			2,
		},
		{
			"of a WebSocket API: connections last as long as those that ended", "portico-dev-live.log", live,
			0, "portico-dev-live",
			cost.APITraffic{
				Requests: cost.Month, Connections: 2 * cost.Month, ConnectionMinutes: 2 * cost.Month * 30,
			},
			0,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), row.file)
			if err := os.WriteFile(file, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			traffic, err := loggedTraffic(apis, CostQuestion{Logs: []string{file}, Over: row.over})
			if err != nil {
				t.Fatal(err)
			}
			got := traffic.APIs[row.api]
			if row.kb > 0 && (got.ResponseKB == nil || *got.ResponseKB != row.kb) {
				t.Errorf("a response has %v KB, want %v", got.ResponseKB, row.kb)
			}
			got.ResponseKB = nil
			if got != row.want {
				t.Errorf("the traffic is %+v, want %+v", got, row.want)
			}
		})
	}
	unnamed := filepath.Join(t.TempDir(), "access.log")
	if _, err := loggedTraffic(apis, CostQuestion{Logs: []string{unnamed}}); err == nil ||
		!strings.Contains(err.Error(), "Say so with --from NAME=FILE") {
		t.Errorf("a log of an API that nobody named: %v", err)
	}
}

func TestPartsOfNames(t *testing.T) {
	all := []string{"shop-public", "shop-partner", "more-partner", "public"}
	for called, want := range map[string]string{
		"public": "public", "shop-public": "shop-public", "shop-partner": "shop-partner",
	} {
		if got, err := named("API", called, all); err != nil || got != want {
			t.Errorf("%q is %q, %v", called, got, err)
		}
	}
	for called, want := range map[string]string{
		"partner": "may be any of shop-partner, more-partner", "cart": `there is no API "cart"`,
	} {
		if _, err := named("API", called, all); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", called, err, want)
		}
	}
}

func TestNumbersOfRequests(t *testing.T) {
	apis := &cost.Infrastructure{APIs: []*cost.API{{Name: "shop-public"}, {Name: "shop-partner"}}}
	traffic, err := requestsOf(apis, []string{"5", "public=7"})
	if err != nil || traffic.APIs["shop-partner"].Requests != 5 ||
		traffic.APIs["shop-public"].Requests != 7 {
		t.Errorf("every API has 5, and one 7: %+v %v", traffic, err)
	}
	for want, given := range map[string][]string{
		`"public=2": public has a number already`:         {"public=1", "public=2"},
		"the API shop-public is given twice":              {"public=1", "shop-public=2"},
		`"NaN": want a number of a month such as 1000000`: {"NaN"},
		`"public=-1": want a number of a month`:           {"public=-1"},
		`"1e300": want a number of a month`:               {"1e300"},
		`there is no API "cart"`:                          {"cart=1"},
	} {
		if _, err := requestsOf(apis, given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", given, err, want)
		}
	}
}

func FuzzAccessLogLines(f *testing.F) {
	f.Add(`{"eventType":"CONNECT","connectionId":"a"}`)
	f.Add(`1.2.3.4 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12`)
	f.Fuzz(func(t *testing.T, line string) {
		log := &accessLogFile{open: map[string]time.Time{}}
		if err := log.add(line); err == nil && log.lines != 1 {
			t.Errorf("%q counts for %d lines", line, log.lines)
		}
	})
}
