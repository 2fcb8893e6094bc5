package server

import (
	"io"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"
)

// The forms that log lines have.
const (
	logText = "text"
	logJSON = "json"
)

// Lengths of the texts of a log line or a span, in bytes. Texts come from
// sources, files and clients, and one of them must not fill a disk. A stack is
// ours, and useless when it is cut.
const (
	maxText  = 1 << 10
	maxStack = 16 << 10
)

// newLogger returns a logger of lines in a form. Both forms escape line breaks
// and quotes, so that no text can look like a line of its own.
func newLogger(w io.Writer, format, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: l, ReplaceAttr: bound}
	if format == logJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// bound cuts texts that are too long.
func bound(_ []string, a slog.Attr) slog.Attr {
	limit := maxText
	if a.Key == "stack" {
		limit = maxStack
	}
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(cut(v, limit))
	case error:
		a.Value = slog.StringValue(cut(v.Error(), limit))
	}
	return a
}

// cut returns at most limit bytes of a text, whole characters and an ellipsis.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}

// logged writes a line for each request, for those who debug.
func (s *Server) logged(h http.Handler) http.Handler {
	log := s.o.Logger
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !log.Enabled(r.Context(), slog.LevelDebug) || isUpgrade(r) { // a socket needs the writer as it is
			h.ServeHTTP(w, r)
			return
		}
		began, answer := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(answer, r)
		log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", answer.status,
			"seconds", time.Since(began).Seconds(), "client", r.RemoteAddr, "request", w.Header().Get("X-Request-Id"))
	})
}

// isUpgrade reports whether a request asks for a socket.
func isUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
