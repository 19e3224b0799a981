// Package bench measures the runner against baselines in the same run: a bare net/http handler, the
// bare Runtime API loop (listener → environment → answer, with no gateway between), two proxies made
// of net/http alone, and, for a model that checks the body, the same method without it.
//
// Of WebSocket APIs it measures what an idle connection holds, of 20,000 or as many as the process may
// have files for, and how many messages a second are pushed through @connections; the clients are in
// a process of their own.
//
// Absolute figures move with the machine's mood; the ratios of one run are what counts. Mapping
// templates are measured beside Java's Velocity in local/gateway/mapping.
//
//	go test ./test/bench -run '^$' -bench Calls -count 6 | benchstat -col /target -
//	go test ./test/bench -run '^$' -bench SideBySide
//	go test ./test/bench -run '^$' -bench 'IdleConnections|Pushes' -benchtime 1x
//	go test ./local/gateway/mapping -run '^$' -bench BesideJava -benchtime 1x
package bench
