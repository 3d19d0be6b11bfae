package throttle

import (
	"slices"
	"time"

	"gatehouse/reason"
)

// Budget is how much of something is allowed in a window of time.
type Budget struct {
	Name   string // stable: part of the counter's key
	Limit  int64
	Window time.Duration // begins with the first that counts
	Code   reason.Code   // the refusal
}

// The budgets (R80, R82, R84).
var (
	// SignInSource is for one address: an IPv4 address, an IPv6 /64.
	SignInSource = Budget{"source", 50, 15 * time.Minute, reason.ThrottleSource}
	// SignInNeighbourhood is for an address's IPv4 /24 or IPv6 /48.
	SignInNeighbourhood = Budget{"neighbourhood", 500, 15 * time.Minute, reason.ThrottleSource}
	// SignInTenant is for a part of a tenant's attempts, so that the whole tenant
	// has 20,000.
	SignInTenant = Budget{"tenant", 20_000 / tenantParts, 15 * time.Minute, reason.ThrottleTenant}
	// SignInAccount is for an account from unknown devices. With its two
	// longer kin the wait grows while the guessing goes on.
	SignInAccount     = Budget{"account", 10, 15 * time.Minute, reason.ThrottleAccount}
	SignInAccountDay  = Budget{"account-day", 40, 24 * time.Hour, reason.ThrottleAccount}
	SignInAccountLong = Budget{"account-long", 100, 30 * 24 * time.Hour, reason.ThrottleAccount}
	// SignInDevice is for an account from one known device.
	SignInDevice = Budget{"device", 20, 15 * time.Minute, reason.ThrottleAccount}
	// ClientAuth is for failed authentications of one application from one
	// address.
	ClientAuth = Budget{"client-auth", 100, 5 * time.Minute, reason.ThrottleSource}
	// DeviceStart is for requests of devices, of one application from one
	// address.
	DeviceStart = Budget{"device-start", 100, 5 * time.Minute, reason.ThrottleSource}
	// UserCode is for user codes typed at one address, UserCodeBrowser for those
	// typed in one browser (R43, R84).
	UserCode        = Budget{"user-code", 50, 15 * time.Minute, reason.ThrottleSource}
	UserCodeBrowser = Budget{"user-code-browser", 10, 15 * time.Minute, reason.ThrottleSource}
	// Push is for pushed authorization requests of one application from one
	// address.
	Push = Budget{"push", 6000, time.Minute, reason.ThrottleAPI}
	// PushPublic is Push for applications that prove nothing, as anybody could.
	PushPublic = Budget{"push-public", 600, time.Minute, reason.ThrottleAPI}
	// RequestURI is for request objects that are fetched for one application.
	RequestURI = Budget{"request-uri", 600, time.Minute, reason.ThrottleAPI}
	// Backchannel is for the requests of one application to users' own devices,
	// BackchannelUser for those to one user.
	Backchannel     = Budget{"backchannel", 600, time.Minute, reason.ThrottleSource}
	BackchannelUser = Budget{"backchannel-user", 60, 5 * time.Minute, reason.ThrottleAccount}
	// Register is for registrations, and changes of them, from one address,
	// RegisterTenant for those in a whole tenant.
	Register       = Budget{"register", 300, 15 * time.Minute, reason.ThrottleAPI}
	RegisterTenant = Budget{"register-tenant", 3000, time.Hour, reason.ThrottleAPI}
	// Document is for metadata documents that are fetched because of one address,
	// DocumentTenant for those of a whole tenant.
	Document       = Budget{"client-document", 60, 15 * time.Minute, reason.ThrottleAPI}
	DocumentTenant = Budget{"client-document-tenant", 1200, time.Hour, reason.ThrottleAPI}
	// API is for a management API client whose own rate is not set.
	API = Budget{"api", 600, time.Minute, reason.ThrottleAPI}
	// SignUp is for accounts that people create at one address, and tries of it,
	// SignUpDay for those of a day, SignUpNeighbourhood for the address's IPv4 /24
	// or IPv6 /48, SignUpTenant for a whole tenant. Nothing is given back: an
	// account is what they bound.
	SignUp              = Budget{"sign-up", 60, 15 * time.Minute, reason.ThrottleSource}
	SignUpDay           = Budget{"sign-up-day", 300, 24 * time.Hour, reason.ThrottleSource}
	SignUpNeighbourhood = Budget{"sign-up-neighbourhood", 300, 15 * time.Minute, reason.ThrottleSource}
	SignUpTenant        = Budget{"sign-up-tenant", 3000, time.Hour, reason.ThrottleTenant}
	// Setup is for tries of the set-up link from one address.
	Setup = Budget{"setup", 20, 15 * time.Minute, reason.ThrottleSource}
)

// shared reports whether a budget is not that of whoever spends it alone: a whole
// tenant's or network's, or an account's, which strangers try.
func (b Budget) shared() bool {
	return slices.Contains([]string{
		SignInTenant.Name, SignUpTenant.Name, RegisterTenant.Name, DocumentTenant.Name,
		SignInNeighbourhood.Name, SignUpNeighbourhood.Name, SignInAccount.Name, SignInAccountDay.Name, SignInAccountLong.Name,
	}, b.Name)
}

// APIRate is the budget of an API client that may ask perMinute times a
// minute; 0 or less is API.
func APIRate(perMinute int) Budget {
	b := API
	if perMinute > 0 {
		b.Limit = int64(perMinute)
	}
	return b
}

// Charge is one spending from a budget.
type Charge struct {
	Budget Budget
	Key    string
}

func (c Charge) key() string { return c.Budget.Name + ":" + c.Key }
