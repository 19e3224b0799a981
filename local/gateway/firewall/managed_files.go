package firewall

// filePatterns find files of Linux that attackers read.
func filePatterns() []string {
	return []string{
		`/proc/(?:version|self|cpuinfo|meminfo|mounts|interrupts|cmdline|net|sys|\d{1,6})(?:/|$|\W)`,
		`/etc/[a-z][a-z.-]{2}`, `/etc/\S{0,24}\[[^\]]{1,8}\]`, `/var/log/`, `/var/run/secrets`,
		`/root/\.`,
		`\.ssh/(?:id_|authorized_keys|known_hosts)`, `\.bash_(?:history|profile)`, `\.bashrc`,
		`/dev/(?:fd|tcp|udp|mem|shm)/`, `/boot/grub`, `/sys/(?:class|kernel|devices|module)`,
		`/\.(?:docker|kube|aws|gnupg)/`, `[>=]/tmp/\w`,
	}
}
