package realtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Timings of slow answers, for clients whose timeout is a second or two.
const (
	slowBy  = 500 * time.Millisecond // a slow answer that comes
	trickle = 200 * time.Millisecond // between two bytes
)

var wireFaults = []Fault{
	{Name: "refused", Does: "nothing listens on the port", Of: OfAny, refuse: true},
	{Name: "dns", Does: "the name of the host does not exist", Of: OfAny, address: func(*FaultProxy) string { return "http://no-such-host.invalid" }},
	{Name: "tls expired", Does: "the certificate ended a minute ago", Of: OfAny, address: func(p *FaultProxy) string { return p.expired }},
	{Name: "401", Does: "credentials are not accepted", Of: OfAny, instead: status(http.StatusUnauthorized, "Www-Authenticate", `Basic realm="x"`)},
	{Name: "403", Does: "the right to read is missing", Of: OfAny, instead: status(http.StatusForbidden)},
	{Name: "404", Does: "the path is wrong", Of: OfAny, instead: status(http.StatusNotFound)},
	{Name: "429", Does: "too many requests, for a second", Of: OfAny, instead: status(http.StatusTooManyRequests, "Retry-After", "1")},
	{Name: "500", Does: "the server failed", Of: OfAny, instead: status(http.StatusInternalServerError)},
	{Name: "502", Does: "a proxy without its server shows a page", Of: OfAny, instead: page(http.StatusBadGateway, "<html><h1>502 Bad Gateway</h1></html>")},
	{Name: "503", Does: "the server is overloaded", Of: OfAny, instead: status(http.StatusServiceUnavailable)},
	{Name: "login page", Does: "200 with a page of HTML", Of: OfAny, instead: page(http.StatusOK, "<html><form>Sign in</form></html>")},
	{Name: "no body", Does: "200 with nothing behind it", Of: OfAny, rewrite: func(a *answer) bool { a.body = nil; return true }},
	{Name: "truncated", Does: "half an answer, whose length says that it is whole", Of: OfAny, rewrite: func(a *answer) bool {
		a.body = a.body[:len(a.body)/2]
		return true
	}},
	{Name: "cut", Does: "the connection ends in the middle of an answer", Of: OfAny, send: cut(false)},
	{Name: "reset", Does: "the connection is reset in the middle of an answer", Of: OfAny, send: cut(true)},
	{Name: "flipped byte", Does: "a byte in the middle has another value", Of: OfAny, rewrite: func(a *answer) bool {
		if len(a.body) == 0 {
			return false
		}
		a.body[len(a.body)/2] ^= 0x80
		return true
	}},
	{Name: "gzip bomb", Does: "a gigabyte of spaces before the answer, compressed", Of: OfAny, send: bomb},
	{Name: "endless", Does: "spaces without end", Of: OfAny, instead: endless},
	{Name: "sliced", Does: "the whole answer, in as many packets as bytes: nothing is wrong with it", Of: OfAny, send: sliced},
	{Name: "slow", Does: "the whole answer, half a second late: nothing is wrong with it", Of: OfAny, send: slow},
	{Name: "trickle", Does: "five bytes a second", Of: OfAny, send: trickled},
	{Name: "hang", Does: "no answer", Of: OfAny, instead: hang},
	{Name: "stall", Does: "half an answer, and no more", Of: OfAny, send: stall},
	{Name: "redirect", Does: "to another server", Of: OfAny, instead: redirect},
	{Name: "redirect loop", Does: "to where the request came from", Of: OfAny, instead: func(_ *FaultProxy, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	}},
	{Name: "clock ahead", Does: "the Date header is an hour ahead", Of: OfAny, rewrite: clock(time.Hour)},
	{Name: "cached", Does: "the first answer that the path ever gave, as a cache does that forgets the query", Of: OfAny, instead: cached},
}

func status(code int, header ...string) func(*FaultProxy, http.ResponseWriter, *http.Request) {
	return func(_ *FaultProxy, w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		http.Error(w, strconv.Itoa(code)+" by the fault proxy", code)
	}
}

func page(code int, text string) func(*FaultProxy, http.ResponseWriter, *http.Request) {
	return func(_ *FaultProxy, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

// cut sends half of what it promises, and ends the connection in order or by reset.
func cut(reset bool) func(*FaultProxy, http.ResponseWriter, *http.Request, answer) {
	return func(_ *FaultProxy, w http.ResponseWriter, _ *http.Request, a answer) {
		a.begin(w, len(a.body)+1) // one more, so that half of nothing is cut as well
		_, _ = w.Write(a.body[:len(a.body)/2])
		flush(w)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

var spaces = bytes.Repeat([]byte{' '}, 1<<20)

// zip compresses. What is compressed one after the other is one text to a reader.
func zip(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close() // a buffer takes all
	return b.Bytes()
}

func bomb(_ *FaultProxy, w http.ResponseWriter, _ *http.Request, a answer) {
	a.header.Set("Content-Encoding", "gzip")
	a.body = append(bytes.Repeat(zip(spaces), 1<<10), zip(a.body)...)
	a.send(w)
}

func endless(_ *FaultProxy, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		if _, err := w.Write(spaces); err != nil {
			return
		}
	}
}

func sliced(_ *FaultProxy, w http.ResponseWriter, _ *http.Request, a answer) {
	a.begin(w, len(a.body))
	for i := range a.body {
		if _, err := w.Write(a.body[i : i+1]); err != nil {
			return
		}
		flush(w)
	}
}

func slow(p *FaultProxy, w http.ResponseWriter, r *http.Request, a answer) {
	if p.wait(r, slowBy) {
		a.send(w)
	}
}

func trickled(p *FaultProxy, w http.ResponseWriter, r *http.Request, a answer) {
	a.begin(w, len(a.body))
	for i := range a.body {
		_, _ = w.Write(a.body[i : i+1])
		flush(w)
		if !p.wait(r, trickle) {
			return
		}
	}
}

func hang(p *FaultProxy, _ http.ResponseWriter, r *http.Request) { p.wait(r, 24*time.Hour) }

func stall(p *FaultProxy, w http.ResponseWriter, r *http.Request, a answer) {
	a.begin(w, len(a.body)+1)
	_, _ = w.Write(a.body[:len(a.body)/2])
	flush(w)
	p.wait(r, 24*time.Hour)
}

// wait waits, and says whether somebody still listens.
func (p *FaultProxy) wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-p.done:
	}
	return false
}

func redirect(p *FaultProxy, w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, p.elsewhere, http.StatusTemporaryRedirect)
}

func clock(by time.Duration) func(*answer) bool {
	return func(a *answer) bool {
		at, err := http.ParseTime(a.header.Get("Date"))
		if err != nil {
			at = time.Now()
		}
		a.header.Set("Date", at.Add(by).UTC().Format(http.TimeFormat))
		return true
	}
}

func cached(p *FaultProxy, w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	a, ok := p.remember[r.URL.Path]
	p.mu.Unlock()
	if !ok {
		var err error
		if a, err = p.ask(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		p.keep(a)
	}
	a.header = a.header.Clone()
	a.header.Set("Age", "3600")
	a.send(w)
}
