package cache

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func manual() *clock.Manual {
	return clock.NewManual(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
}

func ok(body string) exchange.Reply {
	return exchange.Reply{
		Status: 200, Body: []byte(body),
		Header: exchange.Header{{Name: "Content-Type", Value: "application/json"}},
	}
}

const ttl = 300 * time.Second

func find(t testing.TB, c *Cache, look Lookup) Result {
	t.Helper()
	result, err := c.Find(context.Background(), look)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// keep puts a reply under a key that has none.
func keep(t testing.TB, c *Cache, key Key, reply exchange.Reply) {
	t.Helper()
	result := find(t, c, Lookup{Key: key, TTL: ttl})
	if result.Hit {
		t.Fatalf("%q is kept already", key)
	}
	if reason := result.Fill.Store(reply); reason != "" {
		t.Fatalf("%q is not kept: %s", key, reason)
	}
}

// holds says what body is kept under a key, "" for none.
func holds(t testing.TB, c *Cache, key Key) string {
	t.Helper()
	result := find(t, c, Lookup{Key: key, TTL: ttl})
	result.Fill.Abandon()
	return string(result.Reply.Body)
}

func TestAReplyIsKeptForItsTTL(t *testing.T) {
	now := manual()
	c := New(Options{Clock: now})
	keep(t, c, "a", ok("first"))
	now.Advance(ttl - time.Nanosecond)
	got := find(t, c, Lookup{Key: "a", TTL: ttl})
	want := Result{Hit: true, Reply: ok("first"), Age: ttl - time.Nanosecond}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *Fill) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	now.Advance(time.Nanosecond)
	if body := holds(t, c, "a"); body != "" {
		t.Errorf("%q was kept longer than its TTL", body)
	}
}

func TestAClockSetBackLetsRepliesExpireLater(t *testing.T) {
	now := manual()
	c := New(Options{Clock: now})
	keep(t, c, "a", ok("first"))
	now.Advance(-24 * time.Hour)
	keep(t, c, "b", ok("second"))
	now.Advance(ttl)
	if a, b := holds(t, c, "a"), holds(t, c, "b"); a != "first" || b != "" {
		t.Errorf("got %q and %q, want only the first", a, b)
	}
	now.Advance(24 * time.Hour)
	if a := holds(t, c, "a"); a != "" {
		t.Errorf("%q was kept longer than its TTL", a)
	}
}

func TestANewReplyHasANewTTL(t *testing.T) {
	now := manual()
	c := New(Options{Clock: now})
	keep(t, c, "a", ok("first"))
	now.Advance(ttl / 2)
	refresh := find(t, c, Lookup{Key: "a", TTL: ttl, Refresh: true})
	refresh.Fill.Store(ok("second"))
	now.Advance(ttl - time.Second)
	if body := holds(t, c, "a"); body != "second" {
		t.Errorf("got %q, want the second reply", body)
	}
}

func TestWhatIsKept(t *testing.T) {
	body := func(n int) exchange.Reply {
		return exchange.Reply{Status: 200, Body: bytes.Repeat([]byte("x"), n)}
	}
	for _, r := range []struct {
		name   string
		ttl    time.Duration
		reply  exchange.Reply
		reason string // how the reason begins; "" when it is kept
	}{
		{"200", ttl, ok("{}"), ""},
		{"204 without a body", ttl, exchange.Reply{Status: 204}, ""},
		{"1,048,576 bytes", ttl, body(1_048_576), ""},
		{"one byte more is not", ttl, body(1_048_577), "the body has 1048577 bytes"},
		{"302 is not", ttl, exchange.Reply{Status: 302}, "status 302"},
		{"404 is not", ttl, exchange.Reply{Status: 404}, "status 404"},
		{"500 is not", ttl, exchange.Reply{Status: 500}, "status 500"},
		{
			"a stream is not", ttl,
			exchange.Reply{Status: 200, Stream: io.NopCloser(strings.NewReader("x"))},
			"a streamed reply",
		},
		{"nothing is with a TTL of 0", 0, ok("{}"), "the call has nothing to fill"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := New(Options{Clock: manual()})
			fill := find(t, c, Lookup{Key: "a", TTL: r.ttl}).Fill
			reason := fill.Store(r.reply)
			if !strings.HasPrefix(reason, r.reason) || (reason == "") != (r.reason == "") {
				t.Errorf("got reason %q, want %q", reason, r.reason)
			}
			if got := find(t, c, Lookup{Key: "a", TTL: ttl}).Hit; got != (r.reason == "") {
				t.Errorf("kept: got %t", got)
			}
		})
	}
}

func TestAKeptReplyCannotBeChanged(t *testing.T) {
	c := New(Options{Clock: manual()})
	given := ok("body")
	keep(t, c, "a", given)
	given.Body[0] = 'B'
	given.Header[0].Value = "changed"
	for range 2 {
		got := find(t, c, Lookup{Key: "a", TTL: ttl}).Reply
		if diff := cmp.Diff(ok("body"), got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		got.Header.Set("Content-Type", "changed")
		got.Header.Add("x-amzn-RequestId", "mine")
	}
}

func TestFlush(t *testing.T) {
	c := New(Options{Clock: manual()})
	keep(t, c, "a", ok("a"))
	under := find(t, c, Lookup{Key: "b", TTL: ttl})
	c.Flush()
	if body := holds(t, c, "a"); body != "" {
		t.Errorf("%q outlived the flush", body)
	}
	if reason := under.Fill.Store(ok("b")); reason == "" {
		t.Error("a reply from before the flush was kept")
	}
	if body := holds(t, c, "b"); body != "" {
		t.Errorf("%q, from before the flush, is kept", body)
	}
	keep(t, c, "b", ok("new"))
}

func TestRefresh(t *testing.T) {
	again := Lookup{Key: "a", TTL: ttl, Refresh: true}
	for _, r := range []struct {
		name string
		do   func(*Cache)
		want string // kept in the end
	}{
		{"the old reply answers until the new one comes", func(c *Cache) {
			_ = find(t, c, again)
		}, "old"},
		{"the new reply replaces it", func(c *Cache) {
			_ = find(t, c, again).Fill.Store(ok("new"))
		}, "new"},
		{"a reply that is not kept leaves none", func(c *Cache) {
			_ = find(t, c, again).Fill.Store(exchange.Reply{Status: 500})
		}, ""},
		{"a call that fails leaves none", func(c *Cache) {
			find(t, c, again).Fill.Abandon()
		}, ""},
		{"of two the later one counts, when it ends last", func(c *Cache) {
			first, second := find(t, c, again), find(t, c, again)
			_ = first.Fill.Store(ok("first"))
			_ = second.Fill.Store(ok("second"))
		}, "second"},
		{"of two the later one counts, when it ends first", func(c *Cache) {
			first, second := find(t, c, again), find(t, c, again)
			_ = second.Fill.Store(ok("second"))
			_ = first.Fill.Store(ok("first"))
		}, "second"},
		{"a fill ends once", func(c *Cache) {
			fill := find(t, c, again).Fill
			_ = fill.Store(ok("new"))
			fill.Abandon()
			_ = fill.Store(ok("third"))
		}, "new"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := New(Options{Clock: manual()})
			keep(t, c, "a", ok("old"))
			r.do(c)
			if got := holds(t, c, "a"); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestARefreshOvertakesAFetch(t *testing.T) {
	c := New(Options{Clock: manual()})
	older := find(t, c, Lookup{Key: "a", TTL: ttl})
	newer := find(t, c, Lookup{Key: "a", TTL: ttl, Refresh: true})
	_ = newer.Fill.Store(ok("new"))
	if reason := older.Fill.Store(ok("old")); reason == "" {
		t.Error("an older reply replaced a newer one")
	}
	if got := holds(t, c, "a"); got != "new" {
		t.Errorf("got %q, want the newer reply", got)
	}
}

func TestItHoldsNoMoreThanItsCluster(t *testing.T) {
	const limit = 100_000
	c := New(Options{Clock: manual(), Bytes: limit})
	body := strings.Repeat("x", 1_000)
	for i := range 1_000 {
		keep(t, c, Key(rune(i+1)), ok(body))
		if stats := c.Stats(); stats.Bytes > limit {
			t.Fatalf("after %d replies it holds %d bytes, allowed are %d", i+1, stats.Bytes, limit)
		}
	}
	if stats := c.Stats(); stats.Replies < 50 {
		t.Errorf("it keeps %d replies only", stats.Replies)
	}
	keep(t, c, "large", ok(strings.Repeat("x", 2*limit)))
	if stats := c.Stats(); stats.Bytes > limit {
		t.Errorf("it holds %d bytes, allowed are %d", stats.Bytes, limit)
	}
}

func TestExpiredRepliesMakeRoom(t *testing.T) {
	now := manual()
	c := New(Options{Clock: now})
	for i := range 100 {
		keep(t, c, Key(rune(i+1)), ok("{}"))
	}
	now.Advance(2 * ttl)
	keep(t, c, "new", ok("{}"))
	if stats := c.Stats(); stats.Replies != 1 {
		t.Errorf("it keeps %d replies, want 1", stats.Replies)
	}
}

func TestStats(t *testing.T) {
	c := New(Options{Clock: manual()})
	keep(t, c, "a", ok("{}"))                                 // a miss
	_ = find(t, c, Lookup{Key: "a", TTL: ttl})                // a hit
	_ = find(t, c, Lookup{Key: "a", TTL: ttl, Refresh: true}) // a miss
	_ = find(t, c, Lookup{Key: "a"})                          // not cached
	got := c.Stats()
	got.Bytes = 0
	if diff := cmp.Diff(Stats{Hits: 1, Misses: 2, Replies: 1}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestClusterBytes(t *testing.T) {
	for _, r := range []struct {
		size string
		want int64
	}{
		{"0.5", 536_870_912},
		{"1.6", 1_717_986_918},
		{"6.1", 6_549_825_126},
		{"13.5", 14_495_514_624},
		{"28.4", 30_494_267_801},
		{"58.2", 62_491_774_156},
		{"118", 126_701_535_232},
		{"237", 254_476_812_288},
	} {
		if got, err := ClusterBytes(r.size); err != nil || got != r.want {
			t.Errorf("%s: got %d %v, want %d", r.size, got, err, r.want)
		}
	}
	const want = `cache cluster size "1": allowed are 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237`
	if _, err := ClusterBytes("1"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
