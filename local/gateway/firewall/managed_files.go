package firewall

import (
	"strings"

	"portico/local/gateway/api"
)

// filePatterns find files of Linux that attackers read.
func filePatterns() []string {
	return []string{
		`/proc/(?:version|self|cpuinfo|meminfo|mounts|interrupts|cmdline|net|sys|loadavg|stat|swaps|` +
			`partitions|modules|devices|filesystems|ioports|uptime|vmstat|kcore|bus|scsi|\d{1,6})` +
			`(?:/|$|\W)`,
		`/etc/[a-z][a-z.-]{2}`, `/etc/\S{0,24}\[[^\]]{1,8}\]`, `/var/(?:log|adm|spool)/`,
		`/var/run/secrets`, `/logs?/[\w./-]{0,24}(?:access|error)[._]? ?log`,
		`/(?:usr/local|opt)/(?:apache2?|lampp?|nginx|cpanel|tomcat|php|www|etc)(?:/|$)`,
		`/usr/(?:spool|lib/(?:cron|security))/`,
		`/root/\.`,
		`\.ssh/(?:id_|authorized_keys|known_hosts)`, `\.bash_(?:history|profile)`, `\.bashrc`,
		`/dev/(?:fd|tcp|udp|mem|shm)/`, `/boot/grub`, `/sys/(?:class|kernel|devices|module)`,
		`/\.(?:docker|kube|aws|gnupg)/`, `[>=]/tmp/\w`,
	}
}

// findsClimb is a managed rule that looks for paths that leave a folder, also in disguise.
func findsClimb(name, label string, in api.FieldToMatch, patterns []string) managedRule {
	made := finds(name, label, in, patterns)
	made.detect = climbs
	return made
}

// dots and slashes are what stands for "." and "/" behind decoders: overlong UTF-8, what is left of
// encodings that were decoded too seldom or that nobody decodes, wide forms, and the low bytes of
// %u2215 and %u2216.
var (
	dots = []string{
		".", "\xc0\xae", "\xc0.", "\xe0\x80\xae", "\xf0\x80\x80\xae", "%2e", "0x2e", "．",
	}
	slashes = []string{
		"/", "\\", "\xc0\xaf", "\xc0/", "\xc0\\", "\xc1\x9c", "\xc1\x1c", "\xe0\x80\xaf",
		"\xf0\x80\x80\xaf", "%2f", "%5c", "0x2f", "0x5c", "∕", "∖", "／", "＼", "\x15", "\x16",
	}
	// dotBegins and slashBegins say with which bytes those begin.
	dotBegins, slashBegins = firstBytes(dots), firstBytes(slashes)
)

func firstBytes(of []string) (table [256]bool) {
	for _, text := range of {
		table[text[0]] = true
	}
	return table
}

// mayClimb says whether a folder upwards may begin at a place. Most dots, as of numbers and names,
// are told at once.
func mayClimb(text string, at int) bool {
	c := text[at]
	if !dotBegins[c] || at+1 >= len(text) {
		return false
	}
	switch next := text[at+1]; c {
	case '.':
		return dotBegins[next] || slashBegins[next]
	case '0':
		return next == 'x'
	case '%':
		return next == '2'
	}
	return true
}

// climbs finds two folders upwards in a row, or three ways to stay where one is: nobody writes
// these but to get past a check.
func climbs(text string) bool {
	up, stay := 0, 0 // folders in a row
	for at := 0; at < len(text); {
		if !mayClimb(text, at) {
			up, stay = 0, 0
			at++
			continue
		}
		count, end := strip(text, at, dots)
		_, after := strip(text, end, slashes)
		switch {
		case count == 0:
			up, stay = 0, 0
			at++
		case after == end:
			up, stay = 0, 0
			at = end
		default:
			stay++
			if count > 1 {
				up++
			}
			at = after
		}
		if up > 1 || stay > 2 {
			return true
		}
	}
	return false
}

// strip passes over what stands at a place as often as it does, in any of its forms.
func strip(text string, at int, forms []string) (count, end int) {
	for {
		if at < len(text) && (text[at] == '.' || text[at] == '/') && forms[0][0] == text[at] {
			at++
			count++
			continue
		}
		before := at
		for _, form := range forms {
			if strings.HasPrefix(text[at:], form) {
				at += len(form)
				count++
				break
			}
		}
		if at == before {
			return count, at
		}
	}
}
