package throttle

import (
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
)

// Macer makes keyed hashes; *seal.Keyring is one.
type Macer interface {
	MAC(purpose string, fields ...[]byte) []byte
}

// Account is what an attempt on an account from an unknown device spends. The
// key is the user's id, or UnknownKey of a name that names nobody (R86).
func Account(key string) []Charge {
	return []Charge{{SignInAccount, key}, {SignInAccountDay, key}, {SignInAccountLong, key}}
}

// KnownDevice is what an attempt from a known device spends, in place of
// Account (R81).
func KnownDevice(userID, deviceID string) []Charge {
	return []Charge{{SignInDevice, userID + "/" + deviceID}}
}

// Lifts is what signing in takes away besides: from a known device, the longest
// stop of the account, which strangers brought about and which would keep the
// owner from a new device for weeks (R82).
func Lifts(spent []Charge) []Charge {
	for _, c := range spent {
		if c.Budget.Name == SignInDevice.Name {
			owner, _, _ := strings.Cut(c.Key, "/")
			return []Charge{{SignInAccountLong, owner}}
		}
	}
	return nil
}

// tenantParts is in how many counters a tenant's attempts are counted. At a
// single one they would all wait for each other's commits.
const tenantParts = 32

// WholeTenant is what every attempt spends from the tenant's budget: of one of
// its parts, drawn by lot. So many attempts fill the parts evenly.
func WholeTenant() []Charge {
	var lot [1]byte
	_, _ = rand.Read(lot[:]) // never fails (R127)
	return []Charge{{SignInTenant, "part-" + strconv.Itoa(int(lot[0])%tenantParts)}}
}

// Source is what an attempt from an address spends: its own budget and its
// neighbourhood's. Exempt addresses spend nothing; an address that cannot be
// read has one budget for all such.
func Source(ip string, exempt []netip.Prefix) []Charge {
	return source(ip, exempt, []Budget{SignInSource}, SignInNeighbourhood)
}

// SigningUp is what somebody spends who creates an account: of his address's
// budgets, which exempt addresses do not have, and of the tenant's.
func SigningUp(ip string, exempt []netip.Prefix) []Charge {
	return append(source(ip, exempt, []Budget{SignUp, SignUpDay}, SignUpNeighbourhood), Charge{SignUpTenant, "all"})
}

func source(ip string, exempt []netip.Prefix, address []Budget, neighbourhood Budget) []Charge {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return each(address, "unknown")
	}
	addr = addr.Unmap().WithZone("")
	for _, p := range exempt {
		if p.Contains(addr) {
			return nil
		}
	}
	own, wide := 32, 24
	if addr.Is6() {
		own, wide = 64, 48
	}
	return append(each(address, masked(addr, own)), Charge{neighbourhood, masked(addr, wide)})
}

// each charges several budgets of one key.
func each(budgets []Budget, key string) []Charge {
	all := make([]Charge, len(budgets), len(budgets)+1)
	for i, b := range budgets {
		all[i] = Charge{b, key}
	}
	return all
}

// SourceKey is the key of an address for budgets by address: the address, or
// the /64 of an IPv6 one.
func SourceKey(ip string) string {
	if charges := Source(ip, nil); len(charges) > 0 {
		return charges[0].Key
	}
	return "unknown"
}

func masked(addr netip.Addr, bits int) string {
	p, err := addr.Prefix(bits)
	if err != nil {
		return "unknown" // the bits are constant and fit
	}
	return p.String()
}

// UnknownKey is the key of a normalised name that names nobody: a keyed hash,
// so that counters hold no names and cannot be told from accounts' (R86).
func UnknownKey(k Macer, tenantID, normalised string) string {
	mac := k.MAC("throttle unknown name", []byte(tenantID), []byte(normalised))
	return "name/" + base64.RawURLEncoding.EncodeToString(mac[:16])
}
