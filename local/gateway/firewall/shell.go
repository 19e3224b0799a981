package firewall

import (
	"bytes"
	"strings"
)

// separators end a command, or begin the value of a form's field.
const separators = ";|&`(\n="

// longestCommand is how much of a command is looked at.
const longestCommand = 96

// runsShell finds a command of Unix where a shell would look for one: at the start of a value, or
// behind what ends a command. It reads a text once, and little of it twice.
func runsShell(text string) bool {
	for at := 0; ; at++ {
		if mayCommand(text[at:]) {
			command := unquoted(text[at:min(at+longestCommand, len(text))])
			if startsCommand(command, at > 0 && text[at-1] != '=') {
				return true
			}
		}
		for at < len(text) && !separates[text[at]] {
			at++
		}
		if at >= len(text) {
			return false
		}
	}
}

// separates says which bytes are separators.
var separates = func() (table [256]bool) {
	for i := range len(separators) {
		table[separators[i]] = true
	}
	return table
}()

// longestWord is of how many letters the first word of a command may be.
const longestWord = 24

// mayCommand says whether the first word of a text may be a known one. It is asked at every
// separator, and most texts begin with no command.
func mayCommand(text string) bool {
	var buffer [longestWord]byte
	length := 0
	for i := 0; i < min(len(text), longestCommand); i++ {
		switch c := text[i]; {
		case isWord(rune(c)) || c == '-' || c == '.':
			if length == longestWord {
				return isFamily(string(buffer[:]))
			}
			buffer[length] = c
			length++
			continue
		case strings.IndexByte(`'"\^$<>()`, c) >= 0, length == 0 && (c == ' ' || c == '\t'):
			continue
		}
		break
	}
	word := buffer[:length]
	name := bytes.TrimRight(word, "0123456789.")
	return shellCommands[string(word)] || shellWords[string(word)] || shellCommands[string(name)] ||
		bytes.IndexByte(word, '-') > 0 && isFamily(string(word))
}

// unquoted removes what shells pass over within a word: quotes, backslashes, and expansions of
// nothing.
func unquoted(text string) string {
	if !strings.ContainsAny(text, `'"\^$<>`) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"' || c == '\\' || c == '^':
		case (c == '$' || c == '<' || c == '>') && strings.HasPrefix(text[i+1:], "()"):
			i += len("()")
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// startsCommand says whether a text begins with a command. After a separator of a shell, a command
// that is no ordinary word is enough; elsewhere it wants an argument.
func startsCommand(text string, separated bool) bool {
	wrapped := false
	for {
		word, rest := firstWord(text)
		if shellWrappers[word] && strings.HasPrefix(rest, " ") {
			wrapped, text = wrapped || word != "time", rest
			continue
		}
		name := strings.TrimRight(word, "0123456789.")
		known := shellCommands[word] || shellCommands[name] || isFamily(word)
		switch {
		case known && (separated || wrapped):
			return endsWord(rest)
		case known && len(text) > 0:
			return looksGiven(rest) || strings.HasPrefix(rest, " ") && isFamily(word) ||
				rest == "" && distinct(word) ||
				strings.HasPrefix(rest, ";") || strings.HasPrefix(rest, "|")
		case shellWords[word]:
			return wrapped && endsWord(rest) || hasArgument(rest)
		}
		return false
	}
}

// looksGiven says whether what follows a command looks given to it, and is no sentence: its first
// words hold more than letters and digits.
func looksGiven(rest string) bool {
	if !strings.HasPrefix(rest, " ") {
		return false
	}
	for range 2 {
		rest = strings.TrimLeft(rest, " ")
		word, after, _ := strings.Cut(rest, " ")
		if strings.ContainsAny(strings.TrimRight(word, ".,!?"), `./:-$|<>*~+&;\"'{}()=@%,`) {
			return true
		}
		rest = after
	}
	return false
}

// distinct says whether a command alone tells that it is one.
func distinct(word string) bool {
	return isFamily(word) || word == "whoami" || word == "visudo" || word == "ifconfig"
}

func isFamily(word string) bool {
	return strings.HasPrefix(word, "ansible-") || strings.HasPrefix(word, "chef-")
}

// firstWord returns the first word behind white space, without the folder of a program.
func firstWord(text string) (word, rest string) {
	start := 0
	for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
		start++
	}
	end := start
	for end < len(text) && (isWord(rune(text[end])) || text[end] == '-' || text[end] == '.') {
		end++
	}
	return text[start:end], text[end:]
}

// endsWord says whether a command ends where a text begins; a name of a form's field does not.
func endsWord(rest string) bool {
	return rest == "" || strings.IndexByte(`=:/",`, rest[0]) < 0
}

// hasArgument says whether what follows a word is what follows a command: an option, a path, a
// variable, a file, or the end of the command.
func hasArgument(rest string) bool {
	if strings.HasPrefix(rest, "<<") || strings.HasPrefix(rest, "|") || strings.HasPrefix(rest, ">") {
		return true
	}
	argument := strings.TrimLeft(rest, " ")
	if len(argument) < 2 || len(argument) == len(rest) {
		return false
	}
	switch c := argument[0]; {
	case c == '-':
		return argument[1] != ' '
	case c == '/' || c == '$' || c == '|' || c == '<':
		return true
	case c >= '0' && c <= '9':
		return strings.IndexByte(argument[:min(len(argument), 4)], '.') > 0
	}
	word, after := firstWord(argument)
	return word == "passwd" && endsWord(after)
}
