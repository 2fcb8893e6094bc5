package server

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
)

// statuses are the HTTP statuses of faults.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Forbidden: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable,
}

// serveStatement answers GET /statements/{sla}/{customer}/{file}, the file being a
// period with .html, .json or .csv; ?revision= chooses another one than the newest.
func (s *Server) serveStatement(w http.ResponseWriter, r *http.Request) {
	st, newest, format, err := s.statementAsked(r)
	if err == nil {
		err = s.writeStatement(w, st, newest, format)
	}
	if err == nil {
		return
	}
	status, known := statuses[fault.KindOf(err)]
	if !known {
		s.o.Logger.ErrorContext(r.Context(), "show a statement", "path", r.URL.Path, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	http.Error(w, err.Error(), status)
}

// statementAsked finds what a request asks for, and the newest revision of it.
func (s *Server) statementAsked(r *http.Request) (st agreement.Statement, newest int, format string, err error) {
	file := r.PathValue("file")
	format = strings.TrimPrefix(path.Ext(file), ".")
	if format != "html" && format != "json" && format != "csv" {
		return st, 0, "", fault.Invalidf("%.80q has no form that statements have: write the period and .html, .json or .csv", file)
	}
	revision := 0
	if text := r.URL.Query().Get("revision"); text != "" {
		if revision, err = strconv.Atoi(text); err != nil || revision < 1 {
			return st, 0, "", fault.Invalidf("revision %.20q is not a number from 1 on; leave it out for the newest", text)
		}
	}
	sla, customer, period := r.PathValue("sla"), r.PathValue("customer"), strings.TrimSuffix(file, "."+format)
	for _, text := range []string{sla, customer, period} {
		if len(text) > 80 || strings.ContainsRune(text, 0) {
			return st, 0, "", fault.NotFoundf("no statement of that name was issued")
		}
	}
	if st, err = s.agreements.Statement(r.Context(), sla, customer, period, revision); err != nil {
		return st, 0, "", err
	}
	if newest = st.Revision; !st.Latest {
		all, err := s.agreements.Statements(r.Context(), sla, customer, period)
		if err != nil {
			return st, 0, "", err
		}
		newest = all[len(all)-1].Revision
	}
	return st, newest, format, nil
}

// writeStatement writes a statement. The body of the JSON form is the frozen
// document, byte by byte: the SHA-256 of what is saved is the digest.
func (s *Server) writeStatement(w http.ResponseWriter, st agreement.Statement, newest int, format string) error {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	switch format {
	case "json":
		digest, err := hex.DecodeString(st.Digest)
		if err != nil {
			return err
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Disposition", `inline; filename="`+st.FileName("json")+`"`)
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest)+":") // RFC 9530
		_, err = w.Write(st.Statement.Document)
		return err
	case "csv":
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", `attachment; filename="`+st.FileName("csv")+`"`)
		return st.WriteCSV(w)
	default:
		last := st
		last.Revision = newest
		h.Set("Content-Type", "text/html; charset=utf-8")
		return st.WriteHTML(w, newest, statementPath(last, "html"))
	}
}

// serveStatementStyle answers the style sheet of statements.
func serveStatementStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(agreement.Style())
}
