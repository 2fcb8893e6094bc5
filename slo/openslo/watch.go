package openslo

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleAtMost bounds the wait for a folder that never rests, in settle times.
const settleAtMost = 10

// Run follows the folder until ctx ends: it looks at once, soon after each
// notification of a change, and every Poll in any case. It returns nil when ctx
// ends. Where changes cannot be watched, looking every Poll is all there is.
func (f *Folder) Run(ctx context.Context) error {
	w := newWatcher(f)
	defer w.close()
	f.follow(ctx, w.changes(), w.cover)
	return nil
}

// follow is Run over any source of notifications; cover is called before each
// look, so that what changes during the look is notified.
func (f *Folder) follow(ctx context.Context, changes <-chan struct{}, cover func()) {
	pause := cmp.Or(f.Settle, DefaultSettle)
	poll := time.NewTicker(cmp.Or(f.Poll, DefaultPoll))
	defer poll.Stop()
	var rest, enough *time.Timer // run while changes settle
	defer func() { stop(rest, enough) }()
	for {
		cover()
		if f.Step(ctx) != nil {
			return
		}
		stop(rest, enough)
		rest, enough = nil, nil
	wait:
		for {
			select {
			case <-ctx.Done():
				return
			case <-changes:
				if enough == nil {
					rest, enough = time.NewTimer(pause), time.NewTimer(settleAtMost*pause)
				}
				rest.Reset(pause)
			case <-fires(rest):
				break wait
			case <-fires(enough):
				break wait
			case <-poll.C:
				break wait
			}
		}
	}
}

// fires returns the channel of a timer, nil for none.
func fires(t *time.Timer) <-chan time.Time {
	if t == nil {
		return nil
	}
	return t.C
}

func stop(timers ...*time.Timer) {
	for _, t := range timers {
		if t != nil {
			t.Stop()
		}
	}
}

// watcher notifies of changes anywhere below a folder.
type watcher struct {
	folder  *Folder
	notify  *fsnotify.Watcher // nil: changes cannot be watched
	told    chan struct{}
	done    chan struct{}
	refused bool // has been logged
}

func newWatcher(f *Folder) *watcher {
	w := &watcher{folder: f, told: make(chan struct{}, 1), done: make(chan struct{})}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		f.log().Warn("changes of specifications cannot be watched; the folder is looked at from time to time", "err", err)
		close(w.done)
		return w
	}
	w.notify = notify
	go w.relay()
	return w
}

// relay turns events into notifications. Several may arrive as one; an error,
// such as a queue that overflowed, is taken for a change.
func (w *watcher) relay() {
	defer close(w.done)
	for {
		select {
		case event, open := <-w.notify.Events:
			if !open {
				return
			}
			if event.Op == fsnotify.Chmod {
				continue // reading a file does this on some systems
			}
		case _, open := <-w.notify.Errors:
			if !open {
				return
			}
		}
		select {
		case w.told <- struct{}{}:
		default: // one is waiting
		}
	}
}

func (w *watcher) changes() <-chan struct{} { return w.told }

// cover watches every folder that scan visits. Folders that are watched already
// cost nothing; those that are gone have ended by themselves.
func (w *watcher) cover() {
	if w.notify == nil {
		return
	}
	root, err := os.OpenRoot(w.folder.Dir)
	if err != nil {
		return // Step reports it
	}
	defer root.Close()
	folders := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || !entry.IsDir():
			return nil
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case folders == MaxFiles:
			return fs.SkipAll
		}
		folders++
		return w.notify.Add(filepath.Join(w.folder.Dir, filepath.FromSlash(name)))
	})
	if err != nil && !w.refused {
		w.refused = true
		w.folder.log().Warn("not all changes of specifications can be watched; the folder is looked at from time to time", "err", err)
	}
}

// close ends the watcher and waits for it.
func (w *watcher) close() {
	if w.notify == nil {
		return
	}
	if err := w.notify.Close(); err != nil {
		w.folder.log().Warn("the watcher of specifications did not close", "err", err)
	}
	<-w.done
}
