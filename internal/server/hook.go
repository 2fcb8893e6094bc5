package server

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"golang.org/x/time/rate"

	"github.com/hindcast/hindcast/internal/fault"
)

const (
	// maxDelivery is the largest body of a hook: GitHub's have some 20 kB.
	maxDelivery = 256 << 10
	// Each delivery is a commit. A pipeline that goes wild is told to wait before
	// the disk is busy with nothing else.
	deliveriesPerSecond = 10
	deliveriesAtOnce    = 100
)

// deployHook receives word of deploys and makes annotations of them. 200 and 201
// mean that the annotation is on disk; 4xx that the same delivery will never be
// accepted, with the field to blame; 429 and 5xx that sending it again helps.
type deployHook struct {
	calendar
	limit *rate.Limiter
}

func newDeployHook(s *Server) *deployHook {
	return &deployHook{calendar{s}, rate.NewLimiter(deliveriesPerSecond, deliveriesAtOnce)}
}

// hookAnswer is what a sender is told.
type hookAnswer struct {
	Name    string `json:"name,omitempty"` // of the annotation
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"`
	Covers  *int   `json:"covers,omitempty"` // SLOs
	Warning string `json:"warning,omitempty"`
	Error   string `json:"error,omitempty"`
	Field   string `json:"field,omitempty"` // to blame for the error
}

// ServeHTTP answers a delivery.
func (h *deployHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, hookAnswer{Error: "deploys are posted here, as JSON"})
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		answer(w, http.StatusUnsupportedMediaType, hookAnswer{Error: "content type " + r.Header.Get("Content-Type") + " is not accepted: send application/json"})
		return
	}
	if !h.limit.AllowN(h.o.Now(), 1) {
		w.Header().Set("Retry-After", "10")
		answer(w, http.StatusTooManyRequests, hookAnswer{Error: "more deliveries come than are written: send this one again in some seconds"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		answer(w, http.StatusRequestEntityTooLarge, hookAnswer{Error: "the body is larger than 256 KiB: send the fields that are documented"})
		return
	} else if err != nil {
		answer(w, http.StatusBadRequest, hookAnswer{Error: "the body ended early: send it again"})
		return
	}
	h.deliver(w, r, body)
}

// deliver reads a body and keeps what it says.
func (h *deployHook) deliver(w http.ResponseWriter, r *http.Request, body []byte) {
	d, err := readDelivery(r.Header.Get("X-GitHub-Event"), r.URL.Query().Get("service"), body)
	if errors.Is(err, errNothingToKeep) {
		answer(w, http.StatusOK, hookAnswer{Warning: err.Error()})
		return
	}
	if err == nil {
		err = d.check(h.o.Now())
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	name := d.name(h.o.Now())
	a, created, err := h.almanac.UpsertAnnotation(r.Context(), name, d.update(h.o.Now()))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	h.o.Logger.InfoContext(r.Context(), "deploy noted", "annotation", a.Name, "created", created)
	view := h.showAnnotation(a)
	out := hookAnswer{Name: a.Name, From: a.From.Format(stamp), To: a.To.Format(stamp), Covers: &view.Scope.Covers}
	if view.Scope.Covers == 0 {
		out.Warning = "no SLO is about this now: check the service against `hindcast status`"
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	answer(w, status, out)
}

// refuse says why a delivery is not kept.
func (h *deployHook) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := map[fault.Kind]int{
		fault.Invalid: http.StatusBadRequest, fault.Conflict: http.StatusConflict, fault.Unavailable: http.StatusServiceUnavailable,
	}[fault.KindOf(err)]
	if status == 0 {
		h.o.Logger.ErrorContext(r.Context(), "keep a deploy", "err", err)
		answer(w, http.StatusInternalServerError, hookAnswer{Error: "this is a defect of Hindcast; its log says more"})
		return
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "10")
	}
	answer(w, status, hookAnswer{Error: err.Error(), Field: fault.FieldOf(err)})
}

func answer(w http.ResponseWriter, status int, a hookAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a)
}
