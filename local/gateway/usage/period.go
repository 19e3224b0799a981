package usage

import "time"

// day is a day of UTC, counted from the first one of 1970.
type day int

const secondsOfDay = 24 * 60 * 60

func dayOf(t time.Time) day {
	seconds := t.Unix()
	if seconds < 0 {
		seconds -= secondsOfDay - 1
	}
	return day(seconds / secondsOfDay)
}

func (d day) time() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String returns the day as AWS writes it: "2016-12-31".
func (d day) String() string { return d.time().Format(time.DateOnly) }

// span is a period of a quota, from its first day to the day after it.
type span struct{ from, to day }

// periodOf returns the period around a day: the day itself, the week that began on Sunday, or the
// month. AWS documents the hour for days alone, and it is midnight UTC; that of weeks and months is
// taken to be the same.
func periodOf(period string, d day) span {
	at := d.time()
	switch period {
	case "WEEK":
		from := d - day(at.Weekday())
		return span{from, from + 7}
	case "MONTH":
		from := d - day(at.Day()-1)
		return span{from, dayOf(from.time().AddDate(0, 1, 0))}
	}
	return span{d, d + 1}
}

func (s span) holds(d day) bool { return s.from <= d && d < s.to }
