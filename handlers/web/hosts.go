package web

import (
	"net"
	"net/url"
	"strings"

	"gatehouse/models"
)

// hosts are the names under which the deployment itself is reached. Tenants'
// own domains are looked up.
type hosts struct {
	public, console *url.URL
	address         string // the public one's, without a slash at its end
	loopback        bool   // any loopback name will do: nobody else can reach it
}

func newHosts(public, console *url.URL) hosts {
	return hosts{public, console, addressOf(public), isLoopback(public.Hostname())}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// isPublic reports whether a Host header names the deployment.
func (h hosts) isPublic(host string) bool {
	if strings.EqualFold(host, usual(h.public.Host, h.public.Scheme)) {
		return true
	}
	if !h.loopback {
		return false
	}
	name, port := split(host)
	return isLoopback(name) && port == portOf(h.public)
}

// isConsole reports whether a Host header names the console's host.
func (h hosts) isConsole(host string) bool {
	if h.console == nil || strings.EqualFold(h.console.Host, h.public.Host) {
		return h.isPublic(host)
	}
	return strings.EqualFold(host, usual(h.console.Host, h.console.Scheme))
}

// usual drops the port that a scheme means where none is named.
func usual(host, scheme string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

func split(host string) (name, port string) {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return name, port
	}
	return strings.Trim(host, "[]"), ""
}

func portOf(u *url.URL) string { return u.Port() }

func (h hosts) base(t *models.Tenant) string { return under(h.address, t) }

// BaseOf is the address of a tenant that has no domain of its own, where the
// deployment has this one.
func BaseOf(deployment *url.URL, t *models.Tenant) string {
	return under(addressOf(deployment), t)
}

func addressOf(u *url.URL) string { return strings.TrimSuffix(u.String(), "/") }

func under(public string, t *models.Tenant) string {
	if t.Name == models.DefaultTenant {
		return public
	}
	return public + "/t/" + t.Name
}
