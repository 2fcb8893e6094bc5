package outbound

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/hindcast/hindcast/internal/fault"
)

// Policy says which addresses may be reached. The private networks of IPv4 may,
// because that is where the servers of a company stand; what is closer to this
// machine than they are may not, unless it is allowed.
type Policy struct {
	// Allow lists what may be reached although it is denied by default.
	Allow []netip.Prefix
	// Own says what our own listeners are: they are never reached, even if they are
	// allowed, because a request to ourselves comes with our own rights. See
	// Listeners.
	Own func(netip.AddrPort) bool
}

// denied lists what nobody means who connects a source, with its name.
var denied = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified address"},
	{netip.MustParsePrefix("::/128"), "an unspecified address"},
	{netip.MustParsePrefix("127.0.0.0/8"), "a loopback address"},
	{netip.MustParsePrefix("::1/128"), "a loopback address"},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address, where clouds keep their metadata"},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address"},
	{netip.MustParsePrefix("fec0::/10"), "a site-local address"},
	{netip.MustParsePrefix("fc00::/7"), "a unique local address"},
	{netip.MustParsePrefix("100.100.100.200/32"), "the metadata service of a cloud"}, // Alibaba
	{netip.MustParsePrefix("168.63.129.16/32"), "the metadata service of a cloud"},   // Azure
	{netip.MustParsePrefix("192.0.0.192/32"), "the metadata service of a cloud"},     // Oracle
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address"},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address"},
}

// deniedError is an address that a Policy denies.
type deniedError struct {
	address netip.AddrPort
	what    string
	own     bool
}

func (e *deniedError) Error() string { return e.address.String() + " is " + e.what }

// Check returns an error if address may not be reached.
func (p Policy) Check(address netip.AddrPort) error {
	address = netip.AddrPortFrom(address.Addr().WithZone("").Unmap(), address.Port())
	for _, ip := range append(embedded(address.Addr()), address.Addr()) {
		if err := p.check(netip.AddrPortFrom(ip, address.Port())); err != nil {
			return err
		}
	}
	return nil
}

func (p Policy) check(address netip.AddrPort) error {
	if p.Own != nil && p.Own(address) {
		return &deniedError{address: address, what: "an address on which this server itself listens", own: true}
	}
	for _, prefix := range p.Allow {
		if prefix.Contains(address.Addr()) {
			return nil
		}
	}
	for _, d := range denied {
		if d.prefix.Contains(address.Addr()) {
			return &deniedError{address: address, what: d.what}
		}
	}
	return nil
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	compatible = netip.MustParsePrefix("::/96")
)

// embedded returns the IPv4 address to which gateways translate an IPv6 one.
func embedded(ip netip.Addr) []netip.Addr {
	b := ip.As16()
	switch {
	case ip.Is4():
		return nil
	case sixToFour.Contains(ip):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case nat64.Contains(ip), compatible.Contains(ip) && binary.BigEndian.Uint32(b[12:]) > 1: // neither :: nor ::1
		return []netip.Addr{netip.AddrFrom4([4]byte(b[12:]))}
	}
	return nil
}

// control is called with the address that is about to be dialled, after the name
// was resolved: whatever a name means at that moment, this is where the request
// would go.
func (p Policy) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return fault.Forbiddenf("%s address %s cannot be judged, so it is not dialled", network, quote(address))
	}
	return p.Check(to)
}

// Listeners returns a Policy's Own for the addresses that this process listens
// on. One without a host stands for all addresses of this machine.
func Listeners(listening ...netip.AddrPort) func(netip.AddrPort) bool {
	return func(to netip.AddrPort) bool {
		ip := to.Addr().WithZone("").Unmap()
		for _, l := range listening {
			if l.Port() != to.Port() {
				continue
			}
			own := l.Addr().WithZone("").Unmap()
			if own == ip || ip.IsUnspecified() || own.IsUnspecified() && onThisMachine(ip) {
				return true
			}
		}
		return false
	}
}

// onThisMachine says whether ip is an address of this machine. If they cannot be
// listed, any might be.
func onThisMachine(ip netip.Addr) bool {
	if ip.IsLoopback() {
		return true
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().WithZone("").Unmap() == ip {
			return true
		}
	}
	return false
}
