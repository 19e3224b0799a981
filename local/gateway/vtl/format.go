package vtl

import (
	"strconv"
	"strings"
)

// verb is one %… of String.format.
type verb struct {
	flags      string
	width      int
	precision  int // -1: none
	conversion byte
	argument   int // 1-based; 0: the next
}

// maxWidth bounds what one verb prints.
const maxWidth = 4096

// format is Java's String.format, of what templates use: %s %d %x %o %c %b %f %e %n and %%.
func format(pattern string, args []any) (any, bool, error) {
	var out strings.Builder
	next := 0
	for at := 0; at < len(pattern); {
		cut := strings.IndexByte(pattern[at:], '%')
		if cut < 0 {
			out.WriteString(pattern[at:])
			break
		}
		out.WriteString(pattern[at : at+cut])
		v, size, err := readVerb(pattern[at+cut:])
		if err != nil {
			return nil, true, err
		}
		at += cut + size
		if v.conversion == 'n' || v.conversion == '%' {
			out.WriteByte(map[byte]byte{'n': '\n', '%': '%'}[v.conversion])
			continue
		}
		which := v.argument - 1
		if which < 0 {
			which = next
			next++
		}
		if which >= len(args) {
			return nil, true, errorf("format specifier %q has no argument", pattern[at-size:at])
		}
		text, err := v.text(args[which])
		if err != nil {
			return nil, true, err
		}
		if out.WriteString(v.padded(text)); out.Len() > maxOutput {
			return nil, true, errTooLong
		}
	}
	return out.String(), true, nil
}

func readVerb(text string) (v verb, size int, err error) {
	v.precision = -1
	at := 1
	if end := skipDigits(text, at); end > at && end < len(text) && text[end] == '$' {
		v.argument, _ = strconv.Atoi(text[at:end])
		at = end + 1
	}
	flags := at
	for at < len(text) && strings.IndexByte("-#+ 0,(", text[at]) >= 0 {
		at++
	}
	v.flags = text[flags:at]
	end := skipDigits(text, at)
	v.width, _ = strconv.Atoi(text[at:end])
	at = end
	if at < len(text) && text[at] == '.' {
		end = skipDigits(text, at+1)
		v.precision, _ = strconv.Atoi(text[at+1 : end])
		at = end
	}
	if at >= len(text) || v.width > maxWidth || v.precision > maxWidth {
		return v, 0, errorf("unknown format %q", text)
	}
	v.conversion = text[at]
	return v, at + 1, nil
}

func (v *verb) has(flag string) bool { return strings.Contains(v.flags, flag) }

func (v *verb) text(arg any) (string, error) {
	switch v.conversion {
	case 's', 'S':
		text := String(arg)
		if v.precision >= 0 && v.precision < lengthOf(text) {
			text = cut(text, 0, v.precision)
		}
		if v.conversion == 'S' {
			text = strings.ToUpper(text)
		}
		return text, nil
	case 'b':
		if yes, isBool := arg.(bool); isBool {
			return strconv.FormatBool(yes), nil
		}
		return strconv.FormatBool(arg != nil), nil
	case 'c':
		return v.char(arg)
	case 'd', 'x', 'X', 'o':
		return v.integer(arg)
	case 'f', 'e', 'E':
		return v.float(arg)
	}
	return "", errorf("format conversion %%%c is not supported", v.conversion)
}

func (v *verb) mismatch(arg any) error {
	return errorf("format conversion %%%c does not take %q", v.conversion, String(arg))
}

func (v *verb) char(arg any) (string, error) {
	switch c := arg.(type) {
	case Char:
		return String(c), nil
	case int32:
		return string(c), nil
	}
	return "", v.mismatch(arg)
}

func (v *verb) integer(arg any) (string, error) {
	if class := numberClass(arg); class == 0 || class > 3 {
		return "", v.mismatch(arg)
	}
	radix := map[byte]int{'d': 10, 'x': 16, 'X': 16, 'o': 8}[v.conversion]
	if v.conversion == 'd' {
		return v.signed(toBig(arg).String()), nil
	}
	text := toBig(arg).Text(radix)
	switch n := arg.(type) {
	case int32:
		text = strconv.FormatUint(uint64(uint32(n)), radix)
	case int64:
		text = strconv.FormatUint(uint64(n), radix)
	}
	if v.conversion == 'X' {
		text = strings.ToUpper(text)
	}
	return text, nil
}

func (v *verb) float(arg any) (string, error) {
	if class := numberClass(arg); class < 4 {
		return "", v.mismatch(arg)
	}
	precision := v.precision
	if precision < 0 {
		precision = 6
	}
	letter := v.conversion
	return v.signed(strconv.FormatFloat(toDouble(arg), letter, precision, 64)), nil
}

// signed applies the flags for signs, groups and zeros to a decimal number.
func (v *verb) signed(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	if v.has(",") {
		digits = grouped(digits)
	}
	before, after := "", ""
	switch {
	case negative && v.has("("):
		before, after = "(", ")"
	case negative:
		before = "-"
	case v.has("+"):
		before = "+"
	case v.has(" "):
		before = " "
	}
	if missing := v.width - len(before) - len(digits) - len(after); v.has("0") && missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return before + digits + after
}

func grouped(digits string) string {
	whole, fraction, _ := strings.Cut(digits, ".")
	var out strings.Builder
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteByte(whole[i])
	}
	if fraction != "" {
		out.WriteString("." + fraction)
	}
	return out.String()
}

func (v *verb) padded(text string) string {
	missing := v.width - lengthOf(text)
	if missing <= 0 {
		return text
	}
	switch {
	case v.has("-"):
		return text + strings.Repeat(" ", missing)
	case v.has("0") && strings.IndexByte("xXo", v.conversion) >= 0:
		return strings.Repeat("0", missing) + text
	}
	return strings.Repeat(" ", missing) + text
}
