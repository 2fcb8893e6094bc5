// Package faults breaks what lies under Hindcast and looks whether it keeps its
// word: processes are killed, power is cut, disks fail and fill up, clocks jump.
//
// It guarantees nothing by itself, it looks: everything that was acknowledged
// before a fault is there after it, every figure is what was counted, and
// nothing is acknowledged that cannot last. Whether it would notice a defect is
// shown by planted ones, see planted/. Run it with make faults and make
// faults-planted; its tests carry the build tag faults because they take minutes
// and root. Every run prints its seed, and FAULTS_SEED repeats its choices. It
// stands outside of the program; its children drive internal/store, slo/ledger,
// slo/collector and internal/tsdb as internal/server does.
package faults
