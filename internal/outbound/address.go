package outbound

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxURL bounds an address that somebody typed.
const maxURL = 2048

// ParseURL reads the address of a server as Options.URL has it: http or https, a
// host, perhaps a port and a path, and nothing that could hold a secret or be read
// in two ways. A slash at its end means nothing and is taken away.
func ParseURL(text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, fault.Invalidf("the address has %d characters, more than %d: shorten it", len(text), maxURL)
	}
	u, err := url.Parse(text)
	if err != nil { // its text may hold a password, so it is not repeated
		return nil, fault.Invalidf("the address is not a URL: write it as https://HOST:PORT/PATH")
	}
	switch {
	case u.User != nil:
		return nil, fault.Invalidf("the address holds a user or a password: they have settings of their own, take them out of the address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fault.Invalidf("address %s does not begin with http:// or https://: write it in full", quote(text))
	case u.RawQuery != "" || u.ForceQuery:
		return nil, fault.Invalidf("the address has a query: take away what follows its question mark")
	case strings.Contains(text, "#"):
		return nil, fault.Invalidf("address %s has a fragment: take away what follows its hash sign", quote(text))
	}
	if err := checkHost(u); err != nil {
		return nil, err
	}
	if !plainPath(u) {
		return nil, fault.Invalidf("address %s has a path that can be read in two ways: write it without //, dots between slashes, backslashes and %%2f", quote(text))
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimRight(u.Path, "/")}, nil
}

var (
	hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,252})$`)
	// number is a last part of a name that C libraries take for an IPv4 address.
	number = regexp.MustCompile(`(^|\.)(\d+|0[xX][0-9a-fA-F]*)\.?$`)
)

func checkHost(u *url.URL) error {
	host := u.Hostname()
	address, err := netip.ParseAddr(host)
	switch {
	case host == "":
		return fault.Invalidf("address %s has no host: write it as %s://HOST:PORT", quote(u.String()), u.Scheme)
	case err == nil && address.Zone() != "":
		return fault.Invalidf("host %s names a network interface: write an address without a percent sign", quote(host))
	case err == nil:
	case !hostname.MatchString(host):
		return fault.Invalidf("host %s is not a name: use letters, digits, dots and hyphens, and xn-- names for others", quote(host))
	case number.MatchString(host):
		return fault.Invalidf("host %s looks like a number: write an IPv4 address as four decimal numbers, such as 192.0.2.1", quote(host))
	}
	if strings.HasSuffix(u.Host, ":") {
		return fault.Invalidf("address %s ends in a colon: write a port behind it, or take it away", quote(u.String()))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fault.Invalidf("port %s is not between 1 and 65535", quote(port))
		}
	}
	return nil
}

// plainPath says whether all readers take the path for the same.
func plainPath(u *url.URL) bool {
	escaped := strings.ToLower(u.EscapedPath())
	if strings.Contains(escaped, "%2f") || strings.Contains(escaped, "%5c") || strings.Contains(escaped, "%00") {
		return false
	}
	if strings.ContainsFunc(u.Path, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) {
		return false
	}
	if u.Path == "" {
		return u.Opaque == ""
	}
	parts := strings.Split(strings.TrimSuffix(u.Path, "/"), "/")
	if parts[0] != "" {
		return false
	}
	for _, part := range parts[1:] {
		name, _, _ := strings.Cut(part, ";") // "..;" is ".." to some servers
		if part == "" || name == "." || name == ".." {
			return false
		}
	}
	return true
}

// within says whether u lies under base, at the same origin.
func within(base, u *url.URL) bool {
	return sameOrigin(base, u) && plainPath(u) && (u.Path == base.Path || strings.HasPrefix(u.Path, base.Path+"/"))
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}

// quote quotes what somebody typed or a server said, and shortens it.
func quote(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
