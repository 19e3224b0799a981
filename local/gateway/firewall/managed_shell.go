package firewall

import "portico/local/gateway/api"

// findsShell is a managed rule that looks for commands and variables of Unix shells.
func findsShell(name, label string, in api.FieldToMatch) managedRule {
	made := finds(name, label, in, shellPatterns())
	made.detect = runsShell
	return made
}

// shellPatterns find variables, substitutions and words that only shells have.
func shellPatterns() []string {
	return []string{
		`\$(?:home|path|ifs|shell|user|pwd|oldpwd|hostname)\b`,
		`\$\{(?:home|path|ifs|shell|user|pwd)[}:#%]`, `\becho \$`, `/dev/(?:tcp|udp)/|/dev&&`,
		`/(?:usr/(?:local/)?)?s?bin/[a-z\[]`, `[/ ]bi\[n\]/`, `(?:^|[=;|&` + "`" + `( ])bin/[a-z]`,
		`\$\((?:[a-z/!]|\(\d)`, `\$\[\d`, `[<>]\([a-z/]`, `(?:^|=)\(\) ?\{`, `\w ?<<<`,
		`(?:^|=)\$\{[a-z]{2,12}\}$`,
		`(?:^|[=;|&]) ?alias (?:[-+]\w{1,4} )?["']?[\w.$-]{1,24}["']? ?=`,
		`\{,[a-z]|[a-z],\}|\{[a-z],-`,
		`[\r\n](?:mail from|rcpt to):<`, `\bsh,-c,`, `[-{]x?\$\}\{`, `^!-\d!-\d`,
		`/(?:etc|bin|usr|dev|proc|var|tmp)/\S{0,24}\[[^\]]{1,8}\]`,
	}
}

// shellHeaderPatterns are fewer: headers hold semicolons and words in ordinary requests.
func shellHeaderPatterns() []string {
	return []string{
		`\(\) ?\{`, `\becho \$(?:home|path|ifs|shell|user|pwd)\b`,
		`\$\{ifs\}`, `/dev/(?:tcp|udp)/`, `/bin/(?:ba|z|da|c|k)?sh -[ci]`, `/bin/python\d? -`,
	}
}

var (
	// shellCommands are commands that are no words of ordinary text.
	shellCommands = set(
		"aa-disable", "ansible", "aptitude", "awk", "base32", "base64", "bash", "bsdtar", "bunzip2",
		"busybox", "bzip2", "c89", "c99", "cc", "chef-client", "chef-run", "chef-shell", "chef-vault",
		"chmod", "chown", "chroot", "cpulimit", "crontab", "csh", "cscli", "curl", "dash", "dmesg",
		"dpkg", "egrep", "fgrep", "flock", "gawk", "gcc", "gdb", "gem", "grep", "gunzip", "gzip",
		"ifconfig", "iptables", "irb", "journalctl", "ksh", "ln", "ls", "lsof", "lwp-download", "mkdir",
		"mkfifo", "mysql", "mysqldump", "nc", "ncat", "netcat", "netstat", "nmap", "node", "nslookup",
		"openssl", "passwd", "perl", "php", "pkexec", "printenv", "psql", "pwd", "python", "rm", "rmdir",
		"rmt", "rmt-dump", "rmt-tar", "rsync", "ruby", "scp", "sed", "setfacl", "sh", "socat", "ssh",
		"ssh-copy-id", "ssh-keygen", "strace", "sudo", "systemctl", "tar", "tcpdump", "tcsh", "telnet",
		"tftp", "tmux", "traceroute", "uname", "unxz", "unzip", "useradd", "vim", "visudo", "wget",
		"whoami", "xargs", "xxd", "yum", "zip", "zsh", "zstdcat",
	)
	// shellWords are commands that ordinary text has as words too: they want something of a shell
	// behind them.
	shellWords = set(
		"at", "bridge", "cat", "cd", "cmd", "column", "comm", "cp", "cut", "date", "dd", "df", "diff",
		"dig", "du", "echo", "env", "exec", "expand", "expr", "file", "find", "fold", "free", "ftp",
		"git", "go", "head", "host", "id", "install", "ip", "java", "jobs", "join", "kill", "last",
		"less",
		"look", "mail", "make", "man", "more", "mount", "mv", "nl", "npm", "od", "paste", "perf", "pic",
		"ping", "pip", "printf", "ps", "reboot", "rev", "service", "set", "shutdown", "sleep", "sort",
		"source", "split", "strings", "su", "tac", "tail", "tee", "test", "time", "top", "touch", "tr",
		"vi", "view", "w", "wall", "watch", "wc", "which", "who", "write", "yes",
	)
	// shellWrappers run the command that stands behind them.
	shellWrappers = set("nohup", "strace", "sudo", "time")
)
