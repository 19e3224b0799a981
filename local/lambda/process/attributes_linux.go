package process

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// attributes puts a program in a group of its own and ties its life to the starting thread's.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// PeakMemory returns the most memory the program has held, in bytes; 0 when that is not known.
func (p *Process) PeakMemory() int64 {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/status")
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(status, []byte("\nVmHWM:"))
	if !found {
		return 0
	}
	number, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t"), []byte{' '})
	kilobytes, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}
