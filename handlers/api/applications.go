package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

func (a *API) applicationRoutes() []route {
	const one = "/applications/:application"
	return []route{
		{"GET", "/applications", access.ApplicationsRead, (*call).applications},
		{"POST", "/applications", access.ApplicationsWrite, (*call).applicationCreate},
		{"GET", one, access.ApplicationsRead, (*call).application},
		{"PATCH", one, access.ApplicationsWrite, (*call).applicationChange},
		{"DELETE", one, access.ApplicationsWrite, (*call).applicationDelete},
		{"POST", one + "/disable", access.ApplicationsWrite, (*call).applicationDisable},
		{"POST", one + "/enable", access.ApplicationsWrite, (*call).applicationEnable},
		{"POST", one + "/revoke", access.ApplicationsWrite, (*call).applicationRevoke},
		{"GET", one + "/secrets", access.ApplicationsRead, (*call).secrets},
		{"POST", one + "/secrets", access.ApplicationsWrite, (*call).secretAdd},
		{"DELETE", one + "/secrets/:secret", access.ApplicationsWrite, (*call).secretRemove},
	}
}

type applicationView struct {
	ID                     string                   `json:"id"`
	Name                   string                   `json:"name"`
	ClientID               string                   `json:"client_id"`
	ClientSecret           string                   `json:"client_secret,omitempty"` // once, when it is made
	Type                   models.ApplicationType   `json:"application_type"`
	Status                 models.ApplicationStatus `json:"status"`
	ClientName             string                   `json:"client_name"`
	ClientURI              string                   `json:"client_uri,omitempty"`
	RedirectURIs           []string                 `json:"redirect_uris"`
	PostLogoutRedirectURIs []string                 `json:"post_logout_redirect_uris"`
	GrantTypes             []string                 `json:"grant_types"`
	ResponseTypes          []string                 `json:"response_types"`
	AuthMethod             string                   `json:"token_endpoint_auth_method"`
	Scope                  string                   `json:"scope"`
	FirstParty             bool                     `json:"first_party"`
	RequirePKCE            bool                     `json:"require_pkce"`
	IDTokenAlg             string                   `json:"id_token_signed_response_alg"`
	AllowedOrigins         []string                 `json:"allowed_origins"`
	AccessTokenSeconds     int                      `json:"access_token_seconds,omitempty"`
	models.ClientOptions
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func viewApplication(a *models.Application) applicationView {
	return applicationView{
		ID: a.ID, Name: a.Name, ClientID: a.ClientID, Type: a.Type, Status: a.Status, ClientName: a.DisplayName,
		ClientURI: a.ClientURI, RedirectURIs: a.RedirectURIs.V, PostLogoutRedirectURIs: a.PostLogoutRedirectURIs.V,
		GrantTypes: a.GrantTypes.V, ResponseTypes: a.ResponseTypes.V, AuthMethod: a.AuthMethod, Scope: a.Scope,
		FirstParty: a.FirstParty, RequirePKCE: a.RequirePKCE, IDTokenAlg: a.IDTokenAlg, AllowedOrigins: a.AllowedOrigins.V,
		AccessTokenSeconds: a.AccessTokenSeconds, ClientOptions: a.Options.V, CreatedAt: a.CreatedAt.Time, UpdatedAt: a.UpdatedAt.Time,
	}
}

func (c *call) applications() error {
	p, q, err := c.paging()
	if err != nil {
		return err
	}
	found, err := c.Applications.List(c.ctx(), c.Store, applications.Filter{
		Query: q("q"), Type: models.ApplicationType(q("application_type")), Status: models.ApplicationStatus(q("status")),
	}, p)
	if err != nil {
		return err
	}
	return listed(c, found, viewApplication)
}

// metadataInput is what can be chosen about an application; what is left out
// stays, or takes the default of the type.
type metadataInput struct {
	ClientName             *string  `json:"client_name"`
	ClientURI              *string  `json:"client_uri"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	GrantTypes             []string `json:"grant_types"`
	ResponseTypes          []string `json:"response_types"`
	AuthMethod             *string  `json:"token_endpoint_auth_method"`
	Scope                  *string  `json:"scope"`
	FirstParty             *bool    `json:"first_party"`
	RequirePKCE            *bool    `json:"require_pkce"`
	IDTokenAlg             *string  `json:"id_token_signed_response_alg"`
	AllowedOrigins         []string `json:"allowed_origins"`
	AccessTokenSeconds     *int     `json:"access_token_seconds"`
	models.ClientOptions            // over which the body is read
}

func (in metadataInput) over(m applications.Metadata) applications.Metadata {
	m.DisplayName, m.ClientURI = or(in.ClientName, m.DisplayName), or(in.ClientURI, m.ClientURI)
	m.RedirectURIs = orList(in.RedirectURIs, m.RedirectURIs)
	m.PostLogoutRedirectURIs = orList(in.PostLogoutRedirectURIs, m.PostLogoutRedirectURIs)
	m.GrantTypes, m.ResponseTypes = orList(in.GrantTypes, m.GrantTypes), orList(in.ResponseTypes, m.ResponseTypes)
	m.AuthMethod, m.Scope = or(in.AuthMethod, m.AuthMethod), or(in.Scope, m.Scope)
	m.FirstParty = or(in.FirstParty, m.FirstParty)
	if in.RequirePKCE != nil {
		m.RequirePKCE = in.RequirePKCE
	}
	m.IDTokenAlg, m.AllowedOrigins = or(in.IDTokenAlg, m.IDTokenAlg), orList(in.AllowedOrigins, m.AllowedOrigins)
	m.AccessTokenSeconds = or(in.AccessTokenSeconds, m.AccessTokenSeconds)
	m.Options = in.ClientOptions
	return m
}

func orList(given, other []string) []string {
	if given == nil {
		return other
	}
	return given
}

type applicationInput struct {
	metadataInput
	Name     string                 `json:"name"`
	ClientID string                 `json:"client_id"`
	Type     models.ApplicationType `json:"application_type"`
}

func (c *call) applicationCreate() error {
	var in applicationInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		a, text, err := c.Applications.Create(c.ctx(), tx, applications.New{
			Metadata: in.over(applications.Metadata{}), Type: in.Type, Name: in.Name, ClientID: in.ClientID,
		})
		if err != nil {
			return nil, err
		}
		view := viewApplication(a)
		view.ClientSecret = text
		return view, nil
	})
}

func (c *call) application() error {
	a, err := applications.Fresh(c.ctx(), c.Store, c.Param("application"))
	if err != nil {
		return err
	}
	return c.versioned(a.Version, viewApplication(a))
}

func (c *call) applicationChange() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	a, err := applications.Fresh(c.ctx(), c.Store, c.Param("application"))
	if err != nil {
		return err
	}
	in := metadataInput{ClientOptions: a.Options.V}
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	a, err = c.Applications.Update(c.ctx(), c.Store, a.ID, applications.Change{
		Metadata: in.over(applications.MetadataOf(a)), Version: version,
	})
	if err != nil {
		return err
	}
	return c.versioned(a.Version, viewApplication(a))
}

func (c *call) applicationDelete() error {
	return c.done(c.Applications.Delete(c.ctx(), c.Store, c.Param("application")))
}

func (c *call) applicationDisable() error {
	var in reasonInput
	if err := c.optional(&in); err != nil {
		return err
	}
	_, err := c.Applications.Disable(c.ctx(), c.Store, c.Param("application"), in.Reason)
	return c.done(err)
}

func (c *call) applicationRevoke() error {
	var in reasonInput
	if err := c.optional(&in); err != nil {
		return err
	}
	return c.done(c.Applications.RevokeTokens(c.ctx(), c.Store, c.Param("application"), in.Reason))
}

func (c *call) applicationEnable() error {
	_, err := c.Applications.Enable(c.ctx(), c.Store, c.Param("application"))
	return c.done(err)
}

type secretView struct {
	ID           string     `json:"id"`
	Hint         string     `json:"hint,omitempty"` // the last four characters
	ClientSecret string     `json:"client_secret,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
}

func viewSecret(s *models.Secret) secretView {
	return secretView{ID: s.ID, Hint: s.Hint, CreatedAt: s.CreatedAt.Time, ExpiresAt: moment(s.ExpiresAt)}
}

// moment is nil for a time that is none.
func moment(t models.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t.Time
}

func (c *call) secrets() error {
	if _, err := applications.Fresh(c.ctx(), c.Store, c.Param("application")); err != nil {
		return err
	}
	rows, err := c.Applications.Secrets(c.ctx(), c.Store, c.Param("application"))
	if err != nil {
		return err
	}
	out := list[secretView]{Items: []secretView{}}
	for i := range rows {
		out.Items = append(out.Items, viewSecret(&rows[i]))
	}
	return c.answer(out)
}

type secretInput struct {
	LifetimeSeconds int `json:"lifetime_seconds"`
}

func (c *call) secretAdd() error {
	var in secretInput
	if err := c.optional(&in); err != nil {
		return err
	}
	if in.LifetimeSeconds < 0 {
		return reason.New(reason.InputInvalid).On("lifetime_seconds", reason.InputInvalid, "")
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		row, text, err := c.Applications.AddSecret(c.ctx(), tx, c.Param("application"), time.Duration(in.LifetimeSeconds)*time.Second)
		if err != nil {
			return nil, err
		}
		view := viewSecret(row)
		view.ClientSecret = text
		return view, nil
	})
}

func (c *call) secretRemove() error {
	return c.done(c.Applications.RemoveSecret(c.ctx(), c.Store, c.Param("application"), c.Param("secret")))
}
