// Package process starts the programs of functions and ends them with everything they started.
//
// It stands below the environments of package lambda: each runs one program in a process group of
// its own, whose output is delivered line by line. On Linux the kernel kills a program whose runner
// died, even by SIGKILL; on other systems a runner that is killed outright may leave programs.
// The package restarts nothing and reads no clock but the machine's, because the operating system
// knows no other.
package process
