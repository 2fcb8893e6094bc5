package slo_test

import (
	"os"
	"testing"
	_ "time/tzdata" // scripts name zones; machines may have none

	"github.com/hindcast/hindcast/slo/slotest"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	slotest.Run(t, os.DirFS("testdata"))
}
