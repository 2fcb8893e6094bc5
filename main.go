// Command hindcast keeps error budgets: it measures services, keeps what it
// measured in an exact ledger and shows budgets over GraphQL and on a page.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // calendar windows need the zones where the host has none

	"github.com/hindcast/hindcast/internal/server"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := server.Main(ctx, os.Args[1:], server.Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
