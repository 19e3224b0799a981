// Package journal makes the functions' logger: one JSON object per line, each with the id of the
// Lambda request it belongs to.
//
// It is made once in main and handed down. It decides nothing about what is worth a line.
package journal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// New returns a logger that writes to w what is at least as severe as level: debug, info, warn or
// error, info when empty. An unknown level is an error, and the logger then writes from info on.
func New(w io.Writer, level string) (*slog.Logger, error) {
	least, err := parseLevel(level)
	handler := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: least})
	return slog.New(requestHandler{Handler: handler}), err
}

func parseLevel(level string) (slog.Level, error) {
	switch strings.ToLower(level) {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return slog.LevelInfo,
		fmt.Errorf("log level is %q; allowed: debug, info, warn, error", level)
}

// requestHandler adds the id of the Lambda request found in the context.
type requestHandler struct{ slog.Handler }

// Handle writes one record.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r = r.Clone()
		r.AddAttrs(slog.String("requestId", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the request id on loggers made with attributes.
func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{Handler: h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the request id on loggers made with a group.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{Handler: h.Handler.WithGroup(name)}
}
