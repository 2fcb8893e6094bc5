package server

import (
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
)

// profiles serves the profiles of the Go runtime below /debug/pprof/, to this
// machine only, whatever address the server listens on. They show memory and
// queries and can hold a processor, so they exist only when they are asked for;
// a page of any origin cannot read them, because it cannot leave its Origin or
// Sec-Fetch-Site header out.
func profiles(mux *http.ServeMux) {
	for path, h := range map[string]http.HandlerFunc{
		"/debug/pprof/": pprof.Index, "/debug/pprof/cmdline": pprof.Cmdline, "/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol": pprof.Symbol, "/debug/pprof/trace": pprof.Trace,
	} {
		mux.Handle("GET "+path, machineOnly(h))
	}
}

// machineOnly refuses clients that are not on this machine, and pages.
func machineOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		addr, err := netip.ParseAddr(host)
		if err != nil || !addr.Unmap().IsLoopback() || r.Header.Get("Origin") != "" || fromPage(r.Header.Get("Sec-Fetch-Site")) {
			http.Error(w, "profiles are for go tool pprof on this machine", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// fromPage reports whether a page asked, rather than a person in the address bar.
func fromPage(site string) bool { return site != "" && !strings.EqualFold(site, "none") }
