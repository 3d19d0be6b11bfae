package applications

import (
	"slices"
	"strings"

	"gatehouse/identity/keys"
	"gatehouse/models"
)

// Finding is one rule of an application's security profile, met or not.
type Finding struct {
	// Rule names it; its words are in locales, under console.rule.<rule>.
	Rule string
	Met  bool
	// Must tells that the profile demands it; else it advises it.
	Must bool
	// Setting is where it is changed: "settings" or "protocol".
	Setting string
}

// ProfileOf is the security profile that an application is held against: the
// one that was chosen for it, else that of its type.
func ProfileOf(a *models.Application) string {
	if p := a.Options.V.SecurityProfile; p != "" {
		return p
	}
	return string(a.Type)
}

// Scorecard holds an application against its profile (RFC 9700, RFC 8252, FAPI
// 2.0 Security Profile §5). It lists only rules that concern the application;
// what a FAPI profile enforces by itself is met.
func Scorecard(a *models.Application) []Finding {
	o, user := a.Options.V, a.MayUse(models.GrantAuthorizationCode) || a.MayUse(models.GrantImplicit)
	fapi := o.FAPI()
	var all []Finding
	add := func(concerned bool, f Finding) {
		if concerned {
			all = append(all, f)
		}
	}
	add(user, Finding{"pkce", a.RequirePKCE || a.Public() || fapi, true, "settings"})
	add(user, Finding{"front", !a.MayUse(models.GrantImplicit), true, "settings"})
	add(true, Finding{"password", !a.MayUse("password"), true, "settings"})
	add(user && a.Type != models.TypeNative, Finding{"https", encrypted(a.RedirectURIs.V), fapi, "settings"})
	add(!a.Public(), Finding{"keys", asymmetric(a.AuthMethod), fapi, "settings"})
	add(fapi || o.DPoPBound || o.TLSBound, Finding{"bound", o.DPoPBound || o.TLSBound || fapi, fapi, "protocol"})
	add(true, Finding{"short", a.AccessTokenSeconds <= int(models.DefaultAccessToken.Seconds()), false, "settings"})
	add(user && !a.Public(), Finding{"pushed", o.RequirePAR || fapi, fapi, "protocol"})
	messages := o.SecurityProfile == models.ProfileFAPI2Messages
	add(user && (messages || o.RequireSignedRequestObject), Finding{"signed", true, messages, "protocol"})
	add(fapi, Finding{"alg", a.IDTokenAlg != keys.RS256, true, "settings"})
	add(a.Type == models.TypeSPA, Finding{"scope", !slices.Contains(strings.Fields(a.Scope), "offline_access"), false, "settings"})
	return all
}

// encrypted reports whether no URI is http, which is registered for loopback
// alone: whoever listens there has the answer.
func encrypted(uris []string) bool {
	return !slices.ContainsFunc(uris, func(uri string) bool { return strings.HasPrefix(uri, "http://") })
}

// asymmetric reports whether a method proves the possession of a key that the
// server does not have.
func asymmetric(method string) bool {
	return slices.Contains([]string{"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}, method)
}
