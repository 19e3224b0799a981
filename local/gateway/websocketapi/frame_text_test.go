package websocketapi_test

import (
	"fmt"
	"strconv"
	"strings"
)

func utf8Text() []frameCase {
	var all []frameCase
	for _, valid := range []string{
		"κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "a\x00b", "\u0080", "\u07ff", "\u0800", "\uffff",
		"\ufffe", "\ud7ff", "\ue000", "\ufffd", "\ufeffbom", "\U00010000", "\U0010ffff",
	} {
		all = append(all, frameCase{
			fmt.Sprintf("text %+q", valid), wire(text, valid), []string{"text " + valid},
		})
		all = append(all, cutText(valid)...)
	}
	for name, invalid := range map[string]string{
		"a continuation byte alone": "\x80", "the last continuation byte alone": "\xbf",
		"a beginning alone": "\xc3", "a beginning and a letter": "\xc3a",
		"three of four bytes": "\xf0\x9f\x98", "a slash in two bytes": "\xc0\xaf",
		"a slash in three bytes": "\xe0\x80\xaf", "a slash in four bytes": "\xf0\x80\x80\xaf",
		"zero in two bytes": "\xc0\x80", "the first surrogate": "\xed\xa0\x80",
		"the last surrogate": "\xed\xbf\xbf", "a pair of surrogates": "\xed\xa0\x80\xed\xb0\x80",
		"a character above the last one": "\xf4\x90\x80\x80", "five bytes": "\xf8\x88\x80\x80\x80",
		"six bytes": "\xfc\x84\x80\x80\x80\x80", "the byte fe": "\xfe", "the byte ff": "\xff",
		"a good beginning": "Hello-µ@ßöä\xed\xa0\x80edited",
	} {
		all = append(all, frameCase{
			"no text: " + name, wire(text, invalid), []string{"close 1007"},
		})
	}
	return append(
		all,
		// Nothing to come could make it text, so the gateway does not wait for the last fragment.
		frameCase{"no text in a first fragment", wire(textPart, "a\xff"), []string{"close 1007"}},
		frameCase{
			"a character above the last one, from its second byte on",
			wire(textPart, "a\xf4\x90"),
			[]string{"close 1007"},
		},
		frameCase{
			"a character that the next fragment does not go on with",
			wire(textPart, "\xce") + wire(proceed, "a"),
			[]string{"close 1007"},
		},
		frameCase{
			"a character that no fragment ends",
			wire(textPart, "\xe2\x82") + wire(last, ""),
			[]string{"close 1007"},
		},
		frameCase{
			"fragments behind one that is no text",
			wire(textPart, "\xff") + wire(proceed, "a") + wire(last, "b"),
			[]string{"close 1007"},
		},
	)
}

// cutText is a text whose fragments are of one byte each.
func cutText(text string) []frameCase {
	written := wire(textPart, "")
	for i := range len(text) {
		written += wire(proceed, text[i:i+1])
	}
	return []frameCase{{
		fmt.Sprintf("text %+q in fragments of one byte", text), written + wire(last, ""),
		[]string{"text " + text},
	}}
}

func closes() []frameCase {
	longest := strings.Repeat("*", 123)
	bye := wire(closing, closeBody(1000, "bye"))
	all := []frameCase{
		{"a close without a status", wire(closing, ""), []string{"close 1005"}},
		{"a close of one byte", wire(closing, "\x03"), []string{"close 1002"}},
		{"a close with a reason", wire(closing, closeBody(1000, "Hello World!")), []string{"close 1000"}},
		{
			"a close with the longest reason", wire(closing, closeBody(1000, longest)),
			[]string{"close 1000"},
		},
		{"a close of 126 bytes", wire(closing, closeBody(1000, longest+"*")), []string{"close 1002"}},
		{
			"a close whose reason is no text", wire(closing, closeBody(1000, "\xff\xfe")),
			[]string{"close 1007"},
		},
		{"a message behind a close", bye + wire(text, "late"), []string{"close 1000"}},
		{"a ping behind a close", bye + wire(ping, "late"), []string{"close 1000"}},
		{"two closes", bye + wire(closing, closeBody(1001, "")), []string{"close 1000"}},
		{"a close behind a breach", wire(0x83, "") + bye, []string{"close 1002"}},
	}
	for _, code := range []int{
		1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
	} {
		all = append(all, frameCase{
			"a close with " + strconv.Itoa(code), wire(closing, closeBody(code, "")),
			[]string{"close " + strconv.Itoa(code)},
		})
	}
	for _, code := range []int{
		0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
	} {
		all = append(all, frameCase{
			"a close with " + strconv.Itoa(code) + ", which may not be sent",
			wire(closing, closeBody(code, "")),
			[]string{"close 1002"},
		})
	}
	return all
}
