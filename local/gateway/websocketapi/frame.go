package websocketapi

import (
	"errors"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"portico/local/gateway/payload"
)

// textFrames frames a message for a client.
func textFrames(text []byte) []byte {
	const header = 4 // of a frame of up to maxFrame bytes that is not masked
	frames := make([]byte, 0, len(text)+header*(len(text)/maxFrame+1))
	code := ws.OpText
	for {
		n := min(len(text), maxFrame)
		frames = appendHeader(frames, code, n, n == len(text))
		frames = append(frames, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			return frames
		}
		code = ws.OpContinuation
	}
}

// appendHeader appends the header of a frame of up to maxFrame bytes that is not masked (RFC 6455,
// section 5.2).
func appendHeader(dst []byte, code ws.OpCode, length int, final bool) []byte {
	const finalBit, inOneByte, inTwoBytes = 0x80, 125, 126
	first := byte(code)
	if final {
		first |= finalBit
	}
	if length <= inOneByte {
		return append(dst, first, byte(length))
	}
	return append(dst, first, inTwoBytes, byte(length>>8), byte(length))
}

// malformed reports whether what came is no frame header at all, whoever sent it.
func malformed(err error) bool {
	return errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected)
}

// readClose reads the body of a close frame; breach is what the gateway answers one with that
// breaks the protocol, nil when it does not.
func readClose(body []byte) (end payload.WebSocketClose, breach *payload.WebSocketClose) {
	if len(body) == 0 {
		return noStatus, nil
	}
	if len(body) == 1 {
		return end, breachOf("a close frame's body has no byte, or two and more")
	}
	code, reason := ws.ParseCloseFrameData(body)
	if !mayClose(code) {
		return end, breachOf("the status code may not be sent")
	}
	if !utf8.ValidString(reason) {
		return end, &payload.WebSocketClose{Code: 1007, Reason: "Close reasons must be UTF-8 text"}
	}
	return payload.WebSocketClose{Code: int(code), Reason: reason}, nil
}

func breachOf(reason string) *payload.WebSocketClose {
	return &payload.WebSocketClose{Code: 1002, Reason: reason}
}

// mayClose reports whether a client may send a status code: RFC 6455, section 7.4, and what IANA
// has registered since.
func mayClose(code ws.StatusCode) bool {
	switch {
	case code >= 3000 && code <= 4999:
		return true
	case code == 1004, code == 1005, code == 1006:
		return false
	}
	return code >= 1000 && code <= 1014
}

// unchecked returns what of text is not yet known to be UTF-8: the beginning of a character whose
// rest comes with the next fragment. Not ok means that nothing to come makes it UTF-8.
func unchecked(text []byte) (rest []byte, ok bool) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			return text, !utf8.FullRune(text)
		}
		text = text[size:]
	}
	return nil, true
}
