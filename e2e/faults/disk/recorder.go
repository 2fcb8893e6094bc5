package disk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Missing says what this machine lacks to simulate power cuts and full disks,
// with the remedy; nil if nothing.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("mounting file systems needs root: run as root, in a throw-away machine if you like")
	}
	for _, device := range []string{"/dev/fuse", "/dev/loop-control"} {
		if _, err := os.Stat(device); err != nil {
			return fmt.Errorf("%s is missing: load the kernel module, or give the container its devices", device)
		}
	}
	for name, pkg := range map[string]string{
		"qemu-storage-daemon": "qemu-system-common and qemu-utils", "mkfs.ext4": "e2fsprogs", "losetup": "mount", "strace": "strace",
	} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%s is missing: install %s", name, pkg)
		}
	}
	return nil
}

// Recorder is a mounted file system whose device is recorded.
type Recorder struct {
	Mount string // where it is mounted

	dir     string
	size    int64
	daemon  *exec.Cmd
	loop    string
	mounted bool

	mu   sync.Mutex
	file *os.File // of the log
	log  *Log
}

// startLimit is how long the daemon may take to offer the device.
const startLimit = 10 * time.Second

// logSize is the room for the log; the file is sparse.
const logSize = 16 << 30

// Record makes an ext4 file system of size bytes in dir, mounts it and records
// what happens to its device until Stop.
func Record(dir string, size int64) (*Recorder, error) {
	r := &Recorder{Mount: filepath.Join(dir, "mount"), dir: dir, size: size}
	for _, step := range []func() error{r.files, r.serve, r.mount} {
		if err := step(); err != nil {
			return nil, errors.Join(err, r.halt())
		}
	}
	return r, nil
}

// mount makes the file system on the device and mounts it.
func (r *Recorder) mount() (err error) {
	device := filepath.Join(r.dir, "device")
	if _, err := run("mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", "-N", "4096", "-J", "size=16", device); err != nil {
		return err
	}
	if r.loop, err = run("losetup", "--find", "--show", device); err != nil {
		return err
	}
	if _, err = run("mount", "-t", "ext4", "-o", "noatime", r.loop, r.Mount); err != nil {
		return err
	}
	r.mounted = true
	return nil
}

// files makes the empty files that the daemon wants.
func (r *Recorder) files() error {
	for name, size := range map[string]int64{"raw": r.size, "log": logSize, "device": 0} {
		if err := os.WriteFile(filepath.Join(r.dir, name), nil, 0o600); err != nil {
			return err
		}
		if err := os.Truncate(filepath.Join(r.dir, name), size); err != nil {
			return err
		}
	}
	return os.MkdirAll(r.Mount, 0o700)
}

// serve starts the daemon and waits until the device is there.
func (r *Recorder) serve() error {
	in := func(name string) string { return filepath.Join(r.dir, name) }
	r.daemon = exec.Command("qemu-storage-daemon",
		"--blockdev", "driver=file,node-name=raw,filename="+in("raw"),
		"--blockdev", "driver=file,node-name=log,filename="+in("log"),
		"--blockdev", "driver=blklogwrites,node-name=recorded,file=raw,log=log,log-sector-size=512",
		"--export", "type=fuse,id=e,node-name=recorded,writable=on,mountpoint="+in("device"))
	var said strings.Builder
	r.daemon.Stdout, r.daemon.Stderr = &said, &said
	if err := r.daemon.Start(); err != nil {
		return err
	}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if info, err := os.Stat(in("device")); err == nil && info.Size() == r.size {
			break
		}
		if time.Since(began) > startLimit {
			return fmt.Errorf("qemu-storage-daemon offers no device: %s", &said)
		}
	}
	f, err := os.Open(in("log"))
	if err != nil {
		return err
	}
	r.file, r.log = f, newLog(f)
	return nil
}

// Position returns the place in the log behind every request that the device
// has completed so far. Replay.Before says how many requests that is.
func (r *Recorder) Position() (Place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.log.advance(); err != nil {
		return 0, err
	}
	return newest(r.file, r.log.next)
}

// Stop ends the recording, unmounts, and returns what was recorded for replay.
// Nothing may use the file system any more.
func (r *Recorder) Stop() (*Replay, error) {
	if err := r.halt(); err != nil {
		return nil, err
	}
	if err := r.log.advance(); err != nil {
		return nil, err
	}
	if err := r.log.check(); err != nil {
		return nil, err
	}
	return newReplay(r.log, filepath.Join(r.dir, "base"), r.size)
}

// Close takes down what Stop would have, if it was not called.
func (r *Recorder) Close() error { return r.halt() }

// halt takes everything down that is up.
func (r *Recorder) halt() error {
	var errs []error
	if r.mounted {
		_, err := run("umount", r.Mount)
		errs = append(errs, err)
		r.mounted = false
	}
	if r.loop != "" {
		_, err := run("losetup", "--detach", r.loop)
		errs = append(errs, err)
		r.loop = ""
	}
	if r.daemon != nil && r.daemon.Process != nil {
		errs = append(errs, r.daemon.Process.Signal(syscall.SIGTERM))
		errs = append(errs, r.daemon.Wait())
		r.daemon = nil
	}
	return errors.Join(errs...)
}

// Attach mounts an image at a directory; the function that it returns unmounts
// it, once however often it is called.
func Attach(image, at string) (detach func() error, err error) {
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, err
	}
	if _, err := run("mount", "-o", "loop,noatime", image, at); err != nil {
		return nil, err
	}
	return sync.OnceValue(func() error {
		_, err := run("umount", at)
		return err
	}), nil
}

// Small makes and mounts an ext4 file system of size bytes, to be filled.
func Small(dir string, size int64) (at string, detach func() error, err error) {
	image := filepath.Join(dir, "small")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return "", nil, err
	}
	if err := os.Truncate(image, size); err != nil {
		return "", nil, err
	}
	if _, err := run("mkfs.ext4", "-q", "-F", "-m", "0", image); err != nil {
		return "", nil, err
	}
	at = filepath.Join(dir, "full")
	detach, err = Attach(image, at)
	return at, detach, err
}

// run runs a command and returns what it wrote.
func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
