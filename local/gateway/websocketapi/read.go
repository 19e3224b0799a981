package websocketapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gobwas/ws"

	"portico/local/gateway/payload"
)

// readers are buffers for connections on which something is arriving.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// frameReader reads from the socket, through a buffer only from the first byte of a frame until
// everything that came with it is used up: an idle connection holds none.
type frameReader struct {
	socket io.Reader
	buffer *bufio.Reader
}

// Read reads from the buffer while there is one, and takes one as soon as something has arrived.
func (r *frameReader) Read(p []byte) (int, error) {
	if r.buffer != nil {
		return r.buffer.Read(p)
	}
	n, err := r.socket.Read(p)
	if n > 0 && err == nil {
		r.buffer = readers.Get().(*bufio.Reader)
		r.buffer.Reset(r.socket)
	}
	return n, err
}

// rest gives an empty buffer back.
func (r *frameReader) rest() {
	if r.buffer != nil && r.buffer.Buffered() == 0 {
		r.release()
	}
}

func (r *frameReader) release() {
	if r.buffer != nil {
		r.buffer.Reset(nil)
		readers.Put(r.buffer)
		r.buffer = nil
	}
}

// errDone ends reading: the close handshake is over, or the client broke the protocol.
var errDone = errors.New("done")

// incoming is the state of a connection's reader.
type incoming struct {
	conn    *connection
	frames  frameReader
	state   ws.State
	message []byte // the fragments so far
	open    int    // bytes at its end that may be the beginning of a character
}

// serve reads until the connection ends, and then runs $disconnect. Early is what came with the
// upgrade.
func (c *connection) serve(early []byte) {
	in := incoming{conn: c, state: ws.StateServerSide, frames: frameReader{socket: c.socket}}
	if len(early) > 0 {
		in.frames.socket = io.MultiReader(bytes.NewReader(early), c.socket)
	}
	for in.frame() == nil {
	}
	in.frames.release()
	end := c.finish()
	c.hub.remove(c)
	defer c.hub.recovered()
	ctx, done := c.hub.work(context.Background())
	defer done()
	defer c.hub.turn(ctx)()
	c.hub.api.Load().of(c.stage).disconnect(ctx, c, end)
}

// frame reads one frame and acts on it.
func (in *incoming) frame() error {
	in.frames.rest()
	header, err := ws.ReadHeader(&in.frames)
	if malformed(err) {
		return in.violated(*breachOf("the length of a frame is malformed"))
	}
	if err != nil {
		return err
	}
	if err := ws.CheckHeader(header, in.state); err != nil {
		return in.violated(*breachOf(err.Error()))
	}
	if header.OpCode.IsControl() {
		body, err := in.payload(header)
		if err != nil {
			return err
		}
		return in.control(header.OpCode, body)
	}
	return in.data(header)
}

// violated ends the connection of a client that breaks the protocol. What follows cannot be read as
// frames, so it is thrown away until the client hangs up or closeLimit has passed.
func (in *incoming) violated(end payload.WebSocketClose) error {
	in.conn.shut(end)
	_, _ = io.Copy(io.Discard, &in.frames)
	return errDone
}

func (in *incoming) payload(header ws.Header) ([]byte, error) {
	body := make([]byte, header.Length)
	if _, err := io.ReadFull(&in.frames, body); err != nil {
		return nil, err
	}
	ws.Cipher(body, header.Mask, 0)
	return body, nil
}

// data takes a frame of a message. After a close frame was sent, messages are thrown away.
func (in *incoming) data(header ws.Header) error {
	switch {
	case header.OpCode == ws.OpBinary:
		return in.reject(header, noBinary)
	case header.Length > maxFrame:
		return in.reject(header, frameSize)
	case len(in.message)+int(header.Length) > maxMessage:
		return in.reject(header, messageLen)
	}
	body, err := in.payload(header)
	if err != nil {
		return err
	}
	if header.OpCode == ws.OpText {
		in.message, in.open = body, len(body)
	} else {
		in.message, in.open = append(in.message, body...), in.open+len(body)
	}
	rest, isText := unchecked(in.message[len(in.message)-in.open:])
	in.open = len(rest)
	message := in.message
	switch {
	case !isText, header.Fin && in.open > 0:
		in.drop(header.Fin)
		in.conn.shut(notUTF8) // at once, whatever fragments are to come
	case header.Fin:
		in.drop(true)
		in.conn.deliver(string(message))
	default:
		in.state = in.state.Set(ws.StateFragmented)
	}
	return nil
}

// drop lets go of the message; with its last frame, another one may begin.
func (in *incoming) drop(last bool) {
	in.message, in.open = nil, 0
	in.state = in.state.Set(ws.StateFragmented)
	if last {
		in.state = in.state.Clear(ws.StateFragmented)
	}
}

// reject ends the connection for a frame that is not taken, and reads on behind it, for the
// client's close frame.
func (in *incoming) reject(header ws.Header, end payload.WebSocketClose) error {
	in.conn.shut(end)
	in.drop(header.Fin)
	_, err := io.CopyN(io.Discard, &in.frames, header.Length)
	return err
}

// control acts on ping, pong and close.
func (in *incoming) control(code ws.OpCode, body []byte) error {
	switch code {
	case ws.OpPing: // Answered by the gateway, never delivered; it resets the idle limit.
		in.conn.touch()
		in.conn.control(ws.NewPongFrame(body))
	case ws.OpClose:
		return in.closed(body)
	}
	return nil
}

// closed acts on the client's close frame.
func (in *incoming) closed(body []byte) error {
	end, breach := readClose(body)
	if breach != nil {
		return in.violated(*breach)
	}
	in.conn.acknowledge(end, body)
	return errDone
}

// deliver runs a message in a goroutine of its own: as on AWS, the order in which messages are
// answered is not the order they came in. At most so many run at once for a connection; then
// reading waits, and so does the client.
func (c *connection) deliver(text string) {
	c.mu.Lock()
	closing := c.closing
	c.mu.Unlock()
	if closing {
		return
	}
	c.touch()
	c.slots <- struct{}{}
	c.hub.running.Go(func() {
		defer func() { <-c.slots }()
		defer c.hub.recovered()
		ctx, done := c.hub.work(context.Background())
		defer done()
		c.hub.api.Load().of(c.stage).message(ctx, c, text)
	})
}
