package services

import "syscall"

// Crash kills the process as if it had died by itself.
func (d *Dynalite) Crash() error { return syscall.Kill(int(d.pid.Load()), syscall.SIGKILL) }
