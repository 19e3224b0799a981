package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portico/local/runner"
)

// TestTwoTabsFollowAnOrder opens the page of an order in two tabs of a browser. Both subscribe to
// it on the realtime API; when the order changes over HTTP, both show it.
func TestTwoTabsFollowAnOrder(t *testing.T) {
	first := startBrowser(t)
	r := startReference(t, runner.Options{App: assemblyOfDev(t)})
	mine := r.customer(t, "c-tabs")
	placed := r.place(t, mine)
	page := servePage(t, "testdata/realtime", map[string]string{
		"realtime": r.realtime.URL, "order": placed.ID, "token": strings.TrimPrefix(mine, "Bearer "),
	})
	second := first.tab(t)
	tabs := map[string]*browser{"1-first": first, "2-second": second}
	for _, tab := range tabs {
		tab.do(t, "opening the page", chromedp.Navigate(page),
			appears("#state[data-is=subscribed]"))
	}

	r.change(t, mine, placed.ID, "paid")
	for _, tab := range tabs {
		tab.do(t, "waiting for the change", appears("#changes li:nth-child(1)"))
	}
	r.change(t, mine, placed.ID, "shipped")
	for name, tab := range tabs {
		tab.do(t, "waiting for the next change", appears("#changes li:nth-child(2)"))
		want := "paid, version 2\nshipped, version 3"
		if got := tab.text(t, "document.getElementById('changes').innerText"); got != want {
			t.Errorf("tab %s shows %q, want %q", name, got, want)
		}
		tab.picture(t, "realtime-"+name)
	}

	// A tab that is closed is forgotten, and the other goes on.
	second.close(t)
	r.change(t, mine, placed.ID, "delivered")
	first.do(t, "waiting for the last change", appears("#changes li:nth-child(3)"))
}

// tab opens another tab of the same browser.
func (b *browser) tab(t *testing.T) *browser {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx)
	t.Cleanup(closeTab)
	other := &browser{ctx}
	other.do(t, "opening a tab", chromedp.Navigate("about:blank"))
	return other
}

// close closes the tab, as a person does.
func (b *browser) close(t *testing.T) {
	t.Helper()
	if err := chromedp.Cancel(b.ctx); err != nil {
		t.Fatalf("closing a tab: %v", err)
	}
}

// servePage serves a folder, and what its page is told, and returns the page's address.
func servePage(t *testing.T, dir string, config map[string]string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("/config.json", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(config)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/"
}
