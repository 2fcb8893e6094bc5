// Package disk is a disk that forgets: it records every write and every flush
// that a file system sends to a block device, and rebuilds the device as a
// power cut at any moment could have left it.
//
// It guarantees that what was written before the last flush is on the rebuilt
// device, as a disk that keeps its word promises, and that of what was written
// after it any part may be missing: writes are dropped, kept, or torn at their
// sectors, in any order. docs/decisions/0017 says what this cannot show. Recorder
// needs root, FUSE, a loop device and qemu-storage-daemon, and Missing says
// which of them is not there. It imports no other package of ours; the fault
// harness uses it.
package disk
