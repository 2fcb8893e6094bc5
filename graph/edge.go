package graph

import (
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// csrfHeader is the header that a page of a foreign origin cannot send without
// a preflight, which nobody answers here.
const csrfHeader = "X-Hindcast-CSRF"

// edge decides by the head of a request whether its body is worth reading.
type edge struct {
	hosts     []string
	origins   []string
	cross     *http.CrossOriginProtection
	principal func(*http.Request) string
}

// newEdge returns the edge for o, or an error that names a malformed origin.
func newEdge(o Options) (edge, error) {
	e := edge{cross: http.NewCrossOriginProtection(), principal: o.Principal, origins: o.AllowedOrigins}
	if e.principal == nil {
		e.principal = clientAddress
	}
	for _, h := range o.AllowedHosts {
		e.hosts = append(e.hosts, strings.ToLower(h))
	}
	for _, origin := range o.AllowedOrigins {
		if err := e.cross.AddTrustedOrigin(origin); err != nil {
			return edge{}, fmt.Errorf("graph: allowed origin %q: %w", origin, err)
		}
	}
	return e, nil
}

// clientAddress names a client by its IP address.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// check returns why r is refused, nil if it is not.
func (e edge) check(r *http.Request) *refusal {
	if !e.hostAllowed(r.Host) {
		return refuse(http.StatusForbidden, fault.Forbidden.String(),
			"host %.100q is not served here; open the page by localhost or 127.0.0.1, or allow the name", r.Host)
	}
	if r.Header.Get("Upgrade") != "" {
		return e.checkUpgrade(r)
	}
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, fault.Invalid.String(),
			"method %.20q is not served; queries are sent by POST, subscriptions over a WebSocket", r.Method)
	}
	return e.checkPost(r)
}

// checkPost asks for what a page of a foreign origin cannot send.
func (e edge) checkPost(r *http.Request) *refusal {
	if err := e.cross.Check(r); err != nil {
		return refuse(http.StatusForbidden, fault.Forbidden.String(), "the page that sent this request has another origin than the server")
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (media != mediaJSON && media != mediaGraphQL) || !isUTF8(params["charset"]) {
		return refuse(http.StatusUnsupportedMediaType, fault.Invalid.String(), "the content type must be %s", mediaJSON)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return refuse(http.StatusUnsupportedMediaType, fault.Invalid.String(), "content encoding %.20q is not read; send the body as it is", coding)
	}
	if !hasBearer(r) && r.Header.Get(csrfHeader) != "1" {
		return refuse(http.StatusForbidden, fault.Forbidden.String(), "the header %q is missing; requests without a bearer token must carry it", csrfHeader+": 1")
	}
	return nil
}

// checkUpgrade lets WebSockets of the own origin pass that speak the one
// sub-protocol. Browsers always send the origin of a socket.
func (e edge) checkUpgrade(r *http.Request) *refusal {
	if r.Method != http.MethodGet || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return refuse(http.StatusBadRequest, fault.Invalid.String(), "the only upgrade served is a GET to websocket")
	}
	if !e.originAllowed(r) {
		return refuse(http.StatusForbidden, fault.Forbidden.String(), "the page that opened this socket has another origin than the server")
	}
	if !offers(r, subprotocol) {
		return refuse(http.StatusBadRequest, fault.Invalid.String(), "the socket must offer the sub-protocol %s", subprotocol)
	}
	return nil
}

// hostAllowed reports whether the Host header names the loopback interface or
// an allowed host.
func (e edge) hostAllowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || slices.Contains(e.hosts, host) {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Zone() == "" && addr.IsLoopback()
}

// originAllowed reports whether the page behind r may open a socket.
func (e edge) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(e.origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// offers reports whether r offers the sub-protocol.
func offers(r *http.Request, protocol string) bool {
	for _, line := range r.Header.Values("Sec-Websocket-Protocol") {
		for offer := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(offer) == protocol {
				return true
			}
		}
	}
	return false
}

// hasBearer reports whether r carries a bearer token, which no browser adds by
// itself; whether the token is good is not decided here.
func hasBearer(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}

// isUTF8 reports whether a charset, "" for none, means UTF-8.
func isUTF8(charset string) bool { return charset == "" || strings.EqualFold(charset, "utf-8") }
