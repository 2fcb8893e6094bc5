package tsdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// corruptSuffix marks a block that was moved aside. Prometheus takes a folder
// for a block only if its whole name is an ULID, so it leaves such folders alone.
const corruptSuffix = ".corrupt"

// Damage is a part of the store that could not be read. The rest is served.
type Damage struct {
	Path    string // what was damaged
	MovedTo string // where it lies now, "" if it was repaired in place or left out
	Err     error  // what is wrong with it
	// Mended says that nobody need do anything: it was repaired when the store
	// was opened, as a log is that was not torn before the place up to which it is
	// known to have been on disk.
	Mended bool
}

// String returns the damage and its remedy as one line for people.
func (d Damage) String() string {
	switch {
	case d.MovedTo == "":
		return fmt.Sprintf("%s: %v", d.Path, d.Err)
	case isLostLog(filepath.Base(d.MovedTo)):
		return fmt.Sprintf("log %s is damaged (%v); what it held from there on was put into %s: look at the disk, delete that folder to accept the loss, and restart", d.Path, d.Err, d.MovedTo)
	case d.Err == nil:
		return fmt.Sprintf("%s was damaged and moved aside earlier: restore it from a backup, or delete it to accept the loss", d.MovedTo)
	default:
		return fmt.Sprintf("block %s is damaged (%v) and was moved to %s: restore it from a backup, or delete it to accept the loss", d.Path, d.Err, d.MovedTo)
	}
}

// Damage lists what was found damaged when the store was opened and since, and
// blocks and rests of logs that were moved aside in earlier runs and still lie
// there.
func (db *DB) Damage() []Damage {
	return slices.Concat(db.damage, db.isolation.list())
}

// quarantine moves the blocks of dir aside that cannot be opened: Prometheus
// would refuse the whole store because of one of them.
func quarantine(dir string) ([]Damage, error) {
	damage, err := oldDamage(dir)
	if err != nil {
		return nil, err
	}
	bad, err := badBlocks(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range bad {
		d.MovedTo = d.Path + corruptSuffix
		if err := os.Rename(d.Path, d.MovedTo); err != nil {
			return nil, fmt.Errorf("move the damaged block %s aside: %w", d.Path, err)
		}
		damage = append(damage, d)
	}
	return damage, nil
}

// oldDamage lists the blocks and the rests of logs that were moved aside before.
func oldDamage(dir string) ([]Damage, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var damage []Damage
	for _, e := range entries {
		name, found := strings.CutSuffix(e.Name(), corruptSuffix)
		switch moved := filepath.Join(dir, e.Name()); {
		case found && isBlockName(name):
			damage = append(damage, Damage{Path: filepath.Join(dir, name), MovedTo: moved})
		case found && isLostLog(name):
			damage = append(damage, oldLoss(dir, moved))
		}
	}
	return damage, nil
}

// badBlocks tries each block of dir. A block that was compacted into one that
// can be read is not missed, so it is not reported.
func badBlocks(dir string) ([]Damage, error) {
	names, err := blockNames(dir)
	if err != nil {
		return nil, err
	}
	var bad []Damage
	replaced := make(map[string]bool)
	for _, name := range names {
		path := filepath.Join(dir, name)
		meta, err := tryBlock(path)
		if errors.Is(err, fs.ErrNotExist) && !exists(path) {
			continue // compacted away meanwhile, by whoever owns the directory
		}
		if err != nil {
			bad = append(bad, Damage{Path: path, Err: err})
			continue
		}
		for _, parent := range meta.Compaction.Parents {
			replaced[parent.ULID.String()] = true
		}
	}
	kept := bad[:0]
	for _, d := range bad {
		if !replaced[filepath.Base(d.Path)] {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// tryBlock opens a block, which checks its index and the headers of its chunk
// files, and closes it again. A block that an earlier run found damaged is not
// tried.
func tryBlock(path string) (promtsdb.BlockMeta, error) {
	if text, err := os.ReadFile(filepath.Join(path, damagedMark)); err == nil {
		return promtsdb.BlockMeta{}, errors.New(strings.TrimSpace(string(text)))
	}
	block, err := promtsdb.OpenBlock(nil, path, nil, promtsdb.DefaultPostingsDecoderFactory)
	if err != nil {
		return promtsdb.BlockMeta{}, err
	}
	meta := block.Meta()
	return meta, block.Close()
}

// blockNames lists the folders of dir that are blocks by their name.
func blockNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && isBlockName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func isBlockName(name string) bool {
	_, err := ulid.ParseStrict(name)
	return err == nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
