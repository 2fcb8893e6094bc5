package main

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hindcast/hindcast/internal/bench/peer"
)

// fleet are the services: each counts its requests in one metric with two
// codes, as a function of time, so that history and life are one.
type fleet struct {
	n       int
	origin  time.Time
	address string       // where it is scraped
	bumps   atomic.Int64 // events added to the errors of service 0
}

// bump is how many errors one event of a lag measurement adds: enough to move
// every budget visibly.
const bump = 1_000_000

// target is the objective of all services.
const target = 0.999

// value is what service i has counted at an instant.
func (f *fleet) value(i int, at time.Time) (good, bad float64) {
	rate := 1 + float64(i%40)
	total := math.Floor(rate * at.Sub(f.origin).Seconds())
	bad = math.Floor(total * 0.0002 * (1 + float64(i%5)))
	return total - bad, bad
}

// objective is what the peers are asked to keep of service i.
func objective(i int) peer.Objective {
	return peer.Objective{
		Name: name(i), Service: name(i), Target: target, Window: 30 * 24 * time.Hour,
		Bad: peer.Metric{Name: "http_requests_total", Matchers: []string{`code=~"5.."`}}, Total: peer.Metric{Name: "http_requests_total"},
	}
}

func name(i int) string { return "service-" + strconv.Itoa(i) }

// ServeHTTP answers scrapes, and adds an event where it is asked to.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/bump" {
		f.bumps.Add(1)
		return
	}
	var b strings.Builder
	b.WriteString("# TYPE http_requests_total counter\n")
	now := time.Now()
	for i := range f.n {
		good, bad := f.value(i, now)
		if i == 0 {
			bad += bump * float64(f.bumps.Load())
		}
		fmt.Fprintf(&b, "http_requests_total{code=\"200\",service=%q} %g\nhttp_requests_total{code=\"500\",service=%[1]q} %[3]g\n", name(i), good, bad)
	}
	_, _ = io.WriteString(w, b.String()) // a scraper that went away asks again
}

// serve makes the fleet scrapeable until stop is called.
func (f *fleet) serve() (stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing to wait for on the loopback interface
	if err != nil {
		return nil, err
	}
	f.address = l.Addr().String()
	server := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Close
	return server.Close, nil
}
