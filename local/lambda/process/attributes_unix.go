//go:build unix && !linux

package process

import "syscall"

// attributes puts a program in a group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// PeakMemory returns 0: only Linux tells it of a running program.
func (p *Process) PeakMemory() int64 { return 0 }
