package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// clientIP is the address that the request came from. X-Forwarded-For is
// believed only as far as it was written by trusted proxies: it is read from
// the right, and the first address that is no trusted proxy is the client. An
// entry that cannot be read ends the walk at the proxy that sent it.
func clientIP(c *fiber.Ctx, trusted []netip.Prefix) string {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	peer = peer.Unmap()
	if !contains(trusted, peer) {
		return peer.String()
	}
	hops := forwarded(c)
	at := peer
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return at.String()
		}
		at = hop.Unmap().WithZone("")
		if !contains(trusted, at) {
			return at.String()
		}
	}
	return at.String()
}

// forwarded is the list of addresses in the order in which they were written.
// A proxy may write below the client's own header line instead of behind it:
// all lines are one list (RFC 9110 §5.3).
func forwarded(c *fiber.Ctx) []string {
	var all []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		all = append(all, strings.Split(string(line), ",")...)
	}
	return all
}

func contains(all []netip.Prefix, a netip.Addr) bool {
	for _, p := range all {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
