// Command canarydemo shows a promotion and an automatic rollback on a runner of its own, in less
// than a minute: make canary-demo runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"portico/test/canary"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := canary.Demo(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "canarydemo:", err)
		stop()
		os.Exit(1)
	}
}
