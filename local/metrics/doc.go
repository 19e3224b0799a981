// Package metrics keeps what CloudWatch would of values that are measured: by minute their count,
// sum, least, greatest and how they are distributed.
//
// It stands beside the way of a call: once a call has ended, whoever observes it adds to series
// that it has at hand, for well under a microsecond and without memory of its own. Operations of
// the management API of CloudWatch, and its alarms, read them by periods. A distribution counts
// values by 128 steps from a power of two to the next, so that a quantile is at most 0.8 percent
// off.
//
// Series are bounded: there are at most MaxSeries of them, minutes are kept for fifteen days, as on
// AWS, and all together hold some 200 MB at most: then the oldest minutes of a series that grows
// are forgotten. Nothing is written to disk, and nothing here knows a clock: who adds says when.
package metrics
