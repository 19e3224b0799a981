// Package bench measures the runner against two baselines in the same run: a bare net/http handler,
// and the bare Runtime API loop (listener → environment → answer, with no gateway between).
//
// Absolute figures move with the machine's mood; the ratios of one run are what counts.
//
//	go test ./test/bench -run '^$' -bench Calls -count 6 | benchstat -col /target -
//	go test ./test/bench -run '^$' -bench SideBySide
package bench
