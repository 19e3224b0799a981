package executeapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"portico/local/gateway/exchange"
)

// streamBuffer is the most that is held of a stream between its source and its client.
const streamBuffer = 32 << 10

// writeStream writes a reply whose body goes out as it comes. The source is read only as fast as
// the client takes, and let go as soon as the client leaves. A stream that breaks off ends the
// connection: the status is out, so only that tells the client that the reply is incomplete.
func (s *Server) writeStream(w http.ResponseWriter, a arrival, reply *exchange.Reply) {
	sent := 0
	defer func() {
		if reply.Ended != nil {
			reply.Ended(sent)
		}
	}()
	defer reply.Stream.Close()
	// Also while the source is silent, and so nothing is written that could fail.
	left := context.AfterFunc(a.Context(), func() { _ = reply.Stream.Close() })
	defer left()
	copyHeader(w, reply)
	w.WriteHeader(reply.Status)
	out := http.NewResponseController(w)
	if out.Flush() != nil || a.Method == http.MethodHead || !hasBody(reply.Status) {
		return
	}
	var err error
	sent, err = copyStream(w, out, reply.Stream)
	if err == nil || errors.Is(err, errLeft) {
		return
	}
	if a.Context().Err() == nil {
		s.options.Log.Warn("a streamed reply broke off", "method", a.Method, "path", a.URL.Path,
			"error", err)
	}
	panic(http.ErrAbortHandler)
}

// errLeft means that the client does not take more.
var errLeft = errors.New("the client has gone")

// copyStream returns how many bytes went out, piece by piece.
func copyStream(w io.Writer, out *http.ResponseController, source io.Reader) (sent int, err error) {
	buffer := make([]byte, streamBuffer)
	for {
		n, err := source.Read(buffer)
		if n > 0 {
			if _, failed := w.Write(buffer[:n]); failed != nil {
				return sent, errLeft
			}
			if out.Flush() != nil {
				return sent, errLeft
			}
			sent += n
		}
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}

func hasBody(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent &&
		status != http.StatusNotModified
}
