package websocketapi_test

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

// First bytes of frames, RFC 6455, section 5.2: the bit FIN, three that are reserved, the opcode.
const (
	text, binaryData, proceed, last = 0x81, 0x82, 0x00, 0x80
	textPart                        = 0x01
	closing, ping, pong             = 0x88, 0x89, 0x8a
	rsv1, rsv2, rsv3                = 0x40, 0x20, 0x10
)

// wire is a frame as a client writes it: masked, its length in as few bytes as possible.
func wire(first byte, body string) string {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	masked := []byte(body)
	ws.Cipher(masked, mask, 0)
	return head(first, 0x80, len(body)) + string(mask[:]) + string(masked)
}

// unmasked is a frame as a client must not write it.
func unmasked(first byte, body string) string { return head(first, 0, len(body)) + body }

func head(first, masked byte, length int) string {
	switch {
	case length < 126:
		return string([]byte{first, masked | byte(length)})
	case length < 1<<16:
		return string(binary.BigEndian.AppendUint16([]byte{first, masked | 126}, uint16(length)))
	}
	return string(binary.BigEndian.AppendUint64([]byte{first, masked | 127}, uint64(length)))
}

// closeBody is a status code and a reason.
func closeBody(code int, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, uint16(code))) + reason
}

// frameCase is what a client writes, and what it hears: "text ab" (or its length, when long), "pong
// p", "close 1000". After a close nothing may come; without one the connection must go on.
type frameCase struct {
	name, write string
	want        []string
}

func TestFrames(t *testing.T) {
	for _, test := range slices.Concat(
		dataFrames(), limits(), controls(), reserved(), utf8Text(), closes(),
	) {
		t.Run(test.name, func(t *testing.T) {
			runFrames(t, test, func(c *rawClient) error {
				_, err := c.Write([]byte(test.write))
				return err
			})
			if len(test.write) > 600 {
				return
			}
			t.Run("byte by byte", func(t *testing.T) {
				runFrames(t, test, func(c *rawClient) error {
					var err error
					for i := 0; i < len(test.write) && err == nil; i++ {
						_, err = c.Write([]byte{test.write[i]})
					}
					return nil // the gateway may hang up before the last byte
				})
			})
		})
	}
}

func runFrames(t *testing.T, test frameCase, write func(*rawClient) error) {
	t.Helper()
	g := newGateway(t, definition(), &invoker{answer: audible})
	client := g.raw()
	if err := write(client); err != nil {
		t.Fatal(err)
	}
	var got []string
	for range test.want {
		got = append(got, client.hear(t))
	}
	slices.Sort(got) // messages are answered in any order; "close" comes first
	if diff := cmp.Diff(slices.Sorted(slices.Values(test.want)), got); diff != "" {
		t.Fatalf("heard (-want +got):\n%s", diff)
	}
	code, closed := strings.CutPrefix(strings.Join(got[:min(1, len(got))], ""), "close ")
	if !closed {
		if _, err := client.Write([]byte(wire(ping, "alive?"))); err != nil {
			t.Fatal(err)
		}
		if got := client.hear(t); got != "pong alive?" {
			t.Errorf("afterwards heard %s, want a pong", got)
		}
		return
	}
	_ = client.CloseWrite() // as a client that hangs up
	if _, err := client.next(); err == nil && len(test.write) < 600 {
		t.Error("a frame came after the close frame")
	}
	_ = client.Close()
	g.record("DISCONNECT")
	told := g.invoker.events("DISCONNECT")[0].RequestContext.DisconnectStatusCode
	if strconv.Itoa(told) != code {
		t.Errorf("$disconnect was told %d, want %s", told, code)
	}
}

// audible answers with what it was told, and with "nothing" when that is nothing: an empty answer
// is not sent.
func audible(ctx context.Context, e event, in exchange.Invocation) (string, error) {
	if e.Body == "" {
		e.Body = "nothing"
	}
	return fine(ctx, e, in)
}

// hear reads a message or a control frame.
func (c *rawClient) hear(t *testing.T) string {
	t.Helper()
	var message string
	for {
		f, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Header.Masked || f.Header.Rsv != 0 || len(f.Payload) > 32<<10 {
			t.Errorf("a frame that the gateway may not send: %+v", f.Header)
		}
		switch f.Header.OpCode {
		case ws.OpClose:
			if len(f.Payload) == 0 {
				return "close 1005"
			}
			return "close " + strconv.Itoa(int(binary.BigEndian.Uint16(f.Payload)))
		case ws.OpPong:
			return brief("pong ", string(f.Payload))
		case ws.OpBinary, ws.OpPing:
			t.Fatalf("heard a frame that the gateway does not send: %+v", f.Header)
		}
		message += string(f.Payload)
		if f.Header.Fin {
			return brief("text ", message)
		}
	}
}

func brief(kind, body string) string {
	if len(body) > 130 {
		return kind + strconv.Itoa(len(body))
	}
	return kind + body
}

func dataFrames() []frameCase {
	hello := wire(textPart, "Hel") + wire(last, "lo")
	return []frameCase{
		{"no text at all", wire(text, ""), []string{"text nothing"}},
		{
			"text of 125 bytes", wire(text, strings.Repeat("*", 125)),
			[]string{"text " + strings.Repeat("*", 125)},
		},
		{
			"text of 126 bytes", wire(text, strings.Repeat("*", 126)),
			[]string{"text " + strings.Repeat("*", 126)},
		},
		{
			"text of 128 bytes", wire(text, strings.Repeat("*", 128)),
			[]string{"text " + strings.Repeat("*", 128)},
		},
		{"two messages", wire(text, "a") + wire(text, "b"), []string{"text a", "text b"}},
		{"a mask of zeros", "\x81\x82\x00\x00\x00\x00ab", []string{"text ab"}},
		{"a message in two fragments", hello, []string{"text Hello"}},
		{
			"a message in three fragments",
			wire(textPart, "a") + wire(proceed, "b") + wire(last, "c"),
			[]string{"text abc"},
		},
		{
			"fragments of no bytes",
			wire(textPart, "") + wire(proceed, "") + wire(last, ""),
			[]string{"text nothing"},
		},
		{
			"no bytes around a fragment",
			wire(textPart, "") + wire(proceed, "mid") + wire(last, ""),
			[]string{"text mid"},
		},
		{
			"a ping between fragments",
			wire(textPart, "a") + wire(ping, "p") + wire(last, "b"),
			[]string{"pong p", "text ab"},
		},
		{
			"pings between all fragments",
			wire(textPart, "a") + wire(ping, "1") + wire(proceed, "b") + wire(ping, "2") + wire(last, "c"),
			[]string{"pong 1", "pong 2", "text abc"},
		},
		{
			"a pong between fragments",
			wire(textPart, "a") + wire(pong, "p") + wire(last, "b"),
			[]string{"text ab"},
		},
		{
			"a close between fragments",
			wire(textPart, "a") + wire(closing, closeBody(1000, "")),
			[]string{"close 1000"},
		},
		{"a last fragment of nothing", wire(last, "a"), []string{"close 1002"}},
		{"a fragment of nothing", wire(proceed, "a"), []string{"close 1002"}},
		{
			"a fragment behind a ping",
			wire(ping, "p") + wire(last, "x"),
			[]string{"pong p", "close 1002"},
		},
		{
			"a message inside a message", wire(textPart, "a") + wire(text, "b"), []string{"close 1002"},
		},
		{
			"a second beginning", wire(textPart, "a") + wire(textPart, "b"), []string{"close 1002"},
		},
		{
			"binary data inside a message", wire(textPart, "a") + wire(binaryData, "b"),
			[]string{"close 1002"},
		},
		{"a binary message", wire(binaryData, "a"), []string{"close 1003"}},
		{"an empty binary message", wire(binaryData, ""), []string{"close 1003"}},
		{"a binary message in fragments", wire(0x02, "a") + wire(last, "b"), []string{"close 1003"}},
		{"text without mask", unmasked(text, "a"), []string{"close 1002"}},
		{"a ping without mask", unmasked(ping, ""), []string{"close 1002"}},
		{"a close without mask", unmasked(closing, closeBody(1000, "")), []string{"close 1002"}},
		{
			"a length whose first bit is set", "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x01mask",
			[]string{"close 1002"},
		},
	}
}

func limits() []frameCase {
	full := strings.Repeat("a", 32<<10)
	most := wire(textPart, full) + wire(proceed, full) + wire(proceed, full)
	return []frameCase{
		{"a frame of 32 KB less one", wire(text, full[1:]), []string{"text 32767"}},
		{"a frame of 32 KB", wire(text, full), []string{"text 32768"}},
		{"a frame of 32 KB and one", wire(text, full+"a"), []string{"close 1009"}},
		{"a frame of 100 KB", wire(text, strings.Repeat(full, 3)+"a"), []string{"close 1009"}},
		{"a frame of all the bytes there are", head(text, 0x80, 1<<62) + "mask", []string{"close 1009"}},
		{"a message of 128 KB", most + wire(last, full), []string{"text 131072"}},
		{
			"a message of 128 KB and one", most + wire(proceed, full) + wire(last, "a"),
			[]string{"close 1009"},
		},
		{
			"a large fragment behind a small one", wire(textPart, "a") + wire(last, full+"a"),
			[]string{"close 1009"},
		},
		{
			"a message in 1,000 fragments",
			wire(textPart, "") + strings.Repeat(wire(proceed, "a"), 1000) + wire(last, ""),
			[]string{"text 1000"},
		},
		{
			"a message behind the one that was too large", wire(text, full+"a") + wire(text, "b"),
			[]string{"close 1009"},
		},
	}
}

func controls() []frameCase {
	longest := strings.Repeat("p", 125)
	return []frameCase{
		{"a ping", wire(ping, ""), []string{"pong "}},
		{"a ping with a text", wire(ping, "Hello"), []string{"pong Hello"}},
		{"a ping with bytes that are no text", wire(ping, "\x00\xff\xfe"), []string{"pong \x00\xff\xfe"}},
		{"a ping of 125 bytes", wire(ping, longest), []string{"pong " + longest}},
		{"a ping of 126 bytes", wire(ping, longest+"p"), []string{"close 1002"}},
		{
			"three pings", wire(ping, "1") + wire(ping, "2") + wire(ping, "3"),
			[]string{"pong 1", "pong 2", "pong 3"},
		},
		{"a pong that nobody asked for", wire(pong, "x"), nil},
		{"a pong of 125 bytes", wire(pong, longest), nil},
		{"a pong of 126 bytes", wire(pong, longest+"p"), []string{"close 1002"}},
		{"a ping in fragments", wire(ping&^0x80, "a") + wire(last, "b"), []string{"close 1002"}},
		{"a pong in fragments", wire(pong&^0x80, "a") + wire(last, "b"), []string{"close 1002"}},
		{
			"a close in fragments", wire(closing&^0x80, "\x03") + wire(last, "\xe8"), []string{"close 1002"},
		},
	}
}

func reserved() []frameCase {
	all := []frameCase{
		{"a ping with a reserved bit", wire(ping|rsv1, ""), []string{"close 1002"}},
		{"a close with a reserved bit", wire(closing|rsv3, closeBody(1000, "")), []string{"close 1002"}},
		{
			"a fragment with a reserved bit", wire(textPart, "a") + wire(last|rsv2, "b"),
			[]string{"close 1002"},
		},
	}
	for bits := byte(rsv3); bits <= rsv1|rsv2|rsv3; bits += rsv3 {
		all = append(all, frameCase{
			"text with reserved bits " + strconv.FormatUint(uint64(bits>>4), 2), wire(text|bits, "a"),
			[]string{"close 1002"},
		})
	}
	for _, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		name := strconv.Itoa(int(opcode))
		all = append(all,
			frameCase{"reserved opcode " + name, wire(0x80|opcode, ""), []string{"close 1002"}},
			frameCase{
				"reserved opcode " + name + " with a body, inside a message",
				wire(textPart, "a") + wire(0x80|opcode, "b"),
				[]string{"close 1002"},
			})
	}
	return all
}
