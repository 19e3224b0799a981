package services

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the process a group of its own, and has the kernel kill it when its parent ends in
// whatever way.
func ownGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
