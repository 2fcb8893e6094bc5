package ledger_test

import (
	"testing"
	"time"

	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/ledger/ledgertest"
)

func newMemory(*testing.T) ledger.Store { return ledger.NewMemory() }

func TestMemoryIsAStore(t *testing.T)                        { ledgertest.Run(t, newMemory) }
func TestTheLedgerIsTheModel(t *testing.T)                   { ledgertest.Model(t, newMemory) }
func TestACrashLosesNothingThatWasAcknowledged(t *testing.T) { ledgertest.Crash(t, newMemory) }
func TestAfterAFailedCommitTheDiskDecides(t *testing.T)      { ledgertest.Stumble(t, newMemory) }

func TestThinningKeepsEveryTotal(t *testing.T)   { ledgertest.Thin(t, newMemory) }
func TestRevisionsThatGoAreCounted(t *testing.T) { ledgertest.PrunedRevisions(t, newMemory) }

func TestMemoryCanBeShared(t *testing.T) {
	ledgertest.Share(t, func(*testing.T) ledgertest.Shared {
		m := ledger.NewMemory()
		m.Now = time.Now
		return m
	})
}
