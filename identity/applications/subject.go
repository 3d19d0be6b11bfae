package applications

import (
	"encoding/base64"
	"net/url"

	"gatehouse/models"
	"gatehouse/reason"
)

// Pairwise is the subject_type of applications that know each user by a name of
// their sector's own (OpenID Connect Core §8).
const Pairwise = "pairwise"

// SubjectOf is the sub by which the application knows a user: his id, or one
// that nobody outside the application's sector can connect with it (OpenID
// Connect Core §8.1).
func (g *Registry) SubjectOf(a *models.Application, userID string) string {
	if a.Options.V.SubjectType != Pairwise {
		return userID
	}
	mac := g.k.MAC("pairwise subject", []byte(a.TenantID), []byte(sectorOf(a.Options.V.SectorIdentifierURI, a.RedirectURIs.V)), []byte(userID))
	return base64.RawURLEncoding.EncodeToString(mac)
}

// sectorOf is the host of the sector_identifier_uri, else that of the redirect
// URIs; "" where they have several.
func sectorOf(sectorURI string, redirectURIs []string) string {
	if sectorURI != "" {
		return hostOf(sectorURI)
	}
	sector := ""
	for _, uri := range redirectURIs {
		host := hostOf(uri)
		if host == "" || sector != "" && host != sector {
			return ""
		}
		sector = host
	}
	return sector
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// checkSector: redirect URIs on several hosts need one that speaks for them
// (OpenID Connect Core §8.1).
func (m Metadata) checkSector(e *reason.Error) {
	o := m.Options
	if o.SubjectType == Pairwise && len(m.RedirectURIs) > 0 && sectorOf(o.SectorIdentifierURI, m.RedirectURIs) == "" {
		e.On("sector_identifier_uri", reason.InputRequired, Pairwise)
	}
}
