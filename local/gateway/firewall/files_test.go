package firewall

import (
	"strings"
	"testing"
)

func TestPathsThatClimb(t *testing.T) {
	for _, text := range []string{
		"../../x", `..\..\x`, "a/../../b", "..//..//x", "....//....//x", "/./././x", "/./.../../",
		"\xc0\xae\xc0\xae/\xc0\xae\xc0\xae/", "..\xc0\xaf..\xc0\xaf", "\xc0.\xc0.\xc0\\..\\",
		"%2e%2e%2f%2e%2e%2f", "0x2e0x2e0x5c0x2e0x2e0x5c", "．．／．．／", "..∕..∕", "..\x15..\x15",
		`"file": "../../x"`, strings.Repeat("x", 1_000) + "../../",
	} {
		if !climbs(text) {
			t.Errorf("%q climbs, and is not found", text)
		}
	}
	for _, text := range []string{
		"", ".", "..", "/", "../", "../x", "./x", "a/./b", "a/../b/../c", "../..", "...", "1./2./3./",
		"wait.../what", "https://example.com/a/b.c", `{"a":"..","b":".."}`, "0.05 / 0.1", "100%",
		`"^a\.b\.c$"`, "0x2e", "\xc0\xae", "e.g./i.e./etc.", strings.Repeat(".", 64), `...\n...\n`,
	} {
		if climbs(text) {
			t.Errorf("%q does not climb, and is found", text)
		}
	}
}

func TestSentencesAreNoCommands(t *testing.T) {
	for text, want := range map[string]bool{
		"curl http://198.51.100.1/x": true, "curl -s x": true, "nc 198.51.100.1 80": true,
		"ls -l": true, "bash -c id": true, "perl x.pl": true, "ansible-vault decrypt secret": true,
		"x;curl y": true, "x|bash": true, "curl up with a book": false, "bash is a shell.": false,
		"ls 300 is a car": false, "nc 8000 unit": false, "zsh, csh or ksh": false, "node": false,
		"php 8 is out": false, "time flies": false, "curl": false,
	} {
		if got := runsShell(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
