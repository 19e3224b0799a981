// Command handler is the function that the tests of package lambda run: its event says what to do.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Do   string `json:"do"`
	Text string `json:"text"`
	N    int    `json:"n"`
}

func main() {
	fmt.Println("init line")
	if os.Getenv("INIT") == "exit" {
		fmt.Fprintln(os.Stderr, "cannot start")
		os.Exit(7)
	}
	if os.Getenv("INIT") == "sleep" {
		time.Sleep(time.Hour)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	var o order
	if err := json.Unmarshal(event, &o); err != nil {
		return nil, err
	}
	if o.Do != "" {
		fmt.Println("handling", o.Do)
	}
	call, _ := lambdacontext.FromContext(ctx)
	switch o.Do {
	case "error":
		return nil, errors.New(o.Text)
	case "panic":
		panic(o.Text)
	case "exit":
		os.Exit(o.N)
	case "sleep":
		time.Sleep(time.Duration(o.N) * time.Millisecond)
	case "hang":
		fmt.Fprint(os.Stderr, "half a line")
		fmt.Println("hanging")
		select {}
	case "large":
		return strings.Repeat("x", o.N), nil
	case "environment":
		return os.Environ(), nil
	case "context":
		folder, _ := os.Getwd()
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"arn": call.InvokedFunctionArn, "id": call.AwsRequestID, "folder": folder,
			"trace": os.Getenv("_X_AMZN_TRACE_ID"), "remaining": time.Until(deadline).Seconds(),
			"pid": os.Getpid(), "version": os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"),
		}, nil
	case "stream":
		return streamed(o), nil
	case "child":
		child := exec.Command("/bin/sleep", "3600")
		if err := child.Start(); err != nil {
			return nil, err
		}
		return child.Process.Pid, nil
	}
	return event, nil
}

// streamed sends "first", asks the address in Text whether it may go on, and ends as N says.
func streamed(o order) *events.LambdaFunctionURLStreamingResponse {
	reader, writer := io.Pipe()
	go func() {
		fmt.Fprint(writer, "first")
		if o.Text != "" {
			answer, err := http.Get(o.Text)
			if err == nil {
				_ = answer.Body.Close()
			}
		}
		switch {
		case o.N == 1:
			writer.CloseWithError(errors.New("midway"))
			return
		case o.N == 2:
			os.Exit(3)
		case o.N == 3:
			select {}
		case o.N > 3:
			block := make([]byte, 1<<20)
			for range o.N {
				_, _ = writer.Write(block)
			}
		}
		fmt.Fprint(writer, "second")
		fmt.Println("streamed all")
		_ = writer.Close()
	}()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201, Headers: map[string]string{"X-Kind": "stream"}, Body: reader,
		Cookies: []string{"a=1", "b=2"},
	}
}
