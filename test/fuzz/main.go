// Command fuzz runs every fuzz function of the module for a while, one after the other.
//
// It ships nothing; make fuzz calls it, because go test fuzzes one function at a time. It exits
// with 1 when a function fails, with what go test said of it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	each := "20s"
	if len(os.Args) > 1 {
		each = os.Args[1]
	}
	if _, err := time.ParseDuration(each); err != nil {
		fmt.Fprintln(os.Stderr, "usage: fuzz [DURATION], such as 20s:", err)
		os.Exit(2)
	}
	packages, err := exec.Command("go", "list", "./local/...", "./functions/...", "./shared/...",
		"./test").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "listing packages:", err)
		os.Exit(2)
	}
	failed := 0
	for name := range strings.FieldsSeq(string(packages)) {
		failed += fuzzPackage(name, each)
	}
	if failed > 0 {
		fmt.Fprintf(os.Stderr, "%d fuzz functions failed\n", failed)
		os.Exit(1)
	}
}

// fuzzPackage runs the fuzz functions of a package and returns how many failed.
func fuzzPackage(name, each string) int {
	listed, err := exec.Command("go", "test", "-list", "^Fuzz", name).CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", name, err, listed)
		return 1
	}
	failed := 0
	for function := range strings.FieldsSeq(string(listed)) {
		if !strings.HasPrefix(function, "Fuzz") {
			continue
		}
		out, err := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+function+"$",
			"-fuzztime", each, name).CombinedOutput()
		verdict := "ok"
		if err != nil {
			failed++
			verdict = "FAILED\n" + string(out)
		}
		fmt.Println(strings.TrimPrefix(name, "portico/"), function, verdict)
	}
	return failed
}
