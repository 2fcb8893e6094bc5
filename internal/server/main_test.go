package server

import (
	"context"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Variables that make the test binary something that can be killed.
const (
	replicaChild = "HINDCAST_TEST_REPLICA" // a replica of this name, on childDatabase
	programChild = "HINDCAST_TEST_PROGRAM" // the program with these arguments, one a line
)

func TestMain(m *testing.M) {
	if name := os.Getenv(replicaChild); name != "" {
		os.Exit(runReplica(name))
	}
	if args := os.Getenv(programChild); args != "" {
		os.Exit(Main(context.Background(), strings.Split(args, "\n"), Streams{Out: os.Stdout, Err: os.Stderr}))
	}
	goleak.VerifyTestMain(m)
}
