package outbound

import "net/netip"

// special4 are the IPv4 blocks that no public server answers from: the IANA
// special-purpose registry, multicast, and what is reserved (RFC 6890). Go's
// own predicates miss more than half of them.
var special4 = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by carriers
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, cloud metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.31.196.0/24", // AS112
	"192.52.193.0/24", // AMT
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"192.175.48.0/24", // AS112
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast
)

// global6 is all of IPv6 that is given out as global unicast. What lies
// outside is special by that alone: unspecified, loopback, mapped and
// compatible IPv4, NAT64, discard-only, segment routing, unique local,
// link-local, site-local, multicast.
var global6 = netip.MustParsePrefix("2000::/3")

// special6 are the special blocks inside global6.
var special6 = prefixes(
	"2001::/23",         // protocol assignments, Teredo, ORCHID, benchmarks
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

// private are the blocks that a host listed by name may have its addresses in.
// Link-local ones, where clouds keep their metadata, need a listed CIDR.
var private = prefixes(
	"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	"::1/128", "fc00::/7",
)

// Public tells whether an address is a global unicast address outside every
// special-purpose block. A mapped IPv4 address counts as what it maps.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	switch {
	case !addr.IsValid() || addr.Zone() != "":
		return false
	case addr.Is4():
		return !within(special4, addr)
	default:
		return global6.Contains(addr) && !within(special6, addr)
	}
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
