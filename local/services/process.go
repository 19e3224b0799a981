//go:build unix

package services

import (
	"os/exec"
	"syscall"
)

// interrupt asks the group of the process to end; that it has ended already is no matter.
func interrupt(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }

// kill ends the group of the process.
func kill(command *exec.Cmd) { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
