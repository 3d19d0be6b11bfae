package outbound

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Resolver looks up the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// maxAddresses is how many addresses of a name are tried.
const maxAddresses = 4

// dialer opens connections to checked addresses.
type dialer struct {
	hosts    map[string]bool
	networks []netip.Prefix
	resolver Resolver
	connect  time.Duration
	// plain marks the dialer for http: listed loopback addresses only.
	plain bool
}

// dial resolves once, checks every address, and connects to one of those it
// checked: a name that answers differently the next time changes nothing.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.connect)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, ErrRefused
	}
	addrs, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if !d.permits(host, port, addr) {
			return nil, ErrRefused
		}
	}
	return d.connectTo(ctx, network, addrs[:min(len(addrs), maxAddresses)], port)
}

// addresses gives at least one address, or an error.
func (d *dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	found, err := d.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(found) == 0 {
		return nil, ErrUnreachable
	}
	for i, addr := range found {
		found[i] = addr.Unmap()
	}
	return found, nil
}

// connectTo gives each address its share of the time that is left.
func (d *dialer) connectTo(ctx context.Context, network string, addrs []netip.Addr, port string) (net.Conn, error) {
	for i, addr := range addrs {
		timeout := d.connect
		if end, ok := ctx.Deadline(); ok {
			timeout = time.Until(end) / time.Duration(len(addrs)-i)
		}
		socket := net.Dialer{Timeout: timeout}
		if conn, err := socket.DialContext(ctx, network, net.JoinHostPort(addr.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, ErrUnreachable
}

// permits is the rule for one address of a host.
func (d *dialer) permits(host, port string, addr netip.Addr) bool {
	byNetwork := within(d.networks, addr)
	listed := byNetwork || d.hosts[host]
	if d.plain && (!listed || !addr.IsLoopback()) {
		return false
	}
	if !listed && !slices.Contains(ports, port) {
		return false
	}
	return byNetwork || Public(addr) || (listed && within(private, addr))
}

// ports may be called at hosts that are not listed.
var ports = []string{"443", "8443"}

// hostName puts a host into the form in which it is compared. It gives "" for
// what is no plain name or address: zones, mapped addresses, other alphabets,
// and numbers that some resolvers read as an address, such as 127.1.
func hostName(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" || addr.Is4In6() {
			return ""
		}
		return addr.String()
	}
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" || strings.Contains(host, "..") {
		return ""
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return ""
	}
	return host
}
