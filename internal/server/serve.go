package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, s Streams) error {
	o := Options{Listen: c.Listen, Data: c.Data, Database: c.Database, Specs: c.Specs, Demo: c.Demo, Logger: newLogger(s.Err, c.LogLevel), Now: time.Now}
	if c.Config != "" {
		config, err := ReadConfig(c.Config)
		if err != nil {
			return err
		}
		o.Config = config
	}
	o.Progress = newBar(s.Err).set
	server, err := New(ctx, o)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.Err, "Hindcast %s serves http://%s\n", Version, server.Address())
	if c.Specs == "" && !c.Demo {
		_, _ = fmt.Fprintln(s.Err, "No specifications: give a folder of OpenSLO files with --specs, or look around with --demo.")
	}
	return errors.Join(server.Run(ctx), server.Close())
}

// newLogger returns a logger of text lines.
func newLogger(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l}))
}

// quiet passes on what is at least a warning: the store of samples tells of
// every block that it opens.
type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
