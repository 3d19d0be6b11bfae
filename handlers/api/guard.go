package api

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"gatehouse/handlers/web"
	"gatehouse/identity/access"
	"gatehouse/identity/throttle"
	"gatehouse/identity/tokens"
	"gatehouse/internal/caller"
	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/clientauth"
	"gatehouse/oidc/dpop"
	"gatehouse/reason"
)

// guard finds out who calls and whether he may, and records whom it refuses.
func (a *API) guard(r *web.Request, p access.Permission) error {
	r.Act(caller.ViaAPI, caller.Actor{Type: caller.ActorNobody}, nil)
	app, scopes, err := a.client(r)
	if err != nil {
		a.challenge(r, err)
		return a.noted(r, p, app, err)
	}
	return a.noted(r, p, app, a.admit(r, p, app, scopes))
}

// challenge says how to prove oneself (RFC 6750 §3, RFC 9728 §5.1, RFC 9449
// §7.1). What is wrong with a proof of a key is named, for clients mend that on
// their own (RFC 9449 §9).
func (a *API) challenge(r *web.Request, err error) {
	bound := `DPoP algs="` + strings.Join(dpop.Algorithms(), " ") + `"`
	switch {
	case errors.Is(err, reason.New(reason.OAuthDPoPNonce)):
		bound += `, error="use_dpop_nonce"`
		r.SetHeader("DPoP-Nonce", a.Holders.Nonce(tenant(r)))
	case errors.Is(err, reason.New(reason.OAuthDPoPProof)):
		bound += `, error="invalid_dpop_proof"`
	}
	r.SetHeader("WWW-Authenticate", `Basic realm="Gatehouse management API", `+oidc.ManagementChallenge(tenant(r))+`, `+bound)
}

func tenant(r *web.Request) oidc.Tenant {
	return oidc.Tenant{Row: r.Tenant, Store: r.Store, Issuer: r.Base}
}

// noted records a refusal for want of a right (R130), and returns it. Whoever
// sends no proof at all is told how to, and was refused nothing yet.
func (a *API) noted(r *web.Request, p access.Permission, app *models.Application, refused error) error {
	if refused == nil || r.Header("Authorization") == "" {
		return refused
	}
	err := a.Access.NoteRefusal(r.Context(), r.Store, access.Refusal{
		Permission: p, Method: r.Method(), Route: r.Route(), Tenant: r.Tenant.Name, Application: app, Err: refused,
	})
	if err != nil {
		r.Log(reason.From(err))
	}
	return refused
}

// admit judges a client that has proved itself. Its permissions are read anew
// for each request, never from a token's claims (R11).
func (a *API) admit(r *web.Request, p access.Permission, app *models.Application, scopes []access.Permission) error {
	if !r.Tenant.Active() { // R36
		return reason.New(reason.TenantSuspended)
	}
	held, client, err := a.Access.ClientGrants(r.Context(), r.Store, app.ID, r.IP)
	if err != nil {
		return err
	}
	if grants, ok := held.(access.Grants); ok && scopes != nil {
		held = grants.Only(scopes)
	}
	r.Act(caller.ViaAPI, caller.Actor{Type: caller.ActorAPIClient, ID: app.ID, Name: app.Name}, held)
	if err := a.Throttle.Spend(r.Context(), r.Store, throttle.APIRate(client.RatePerMinute), app.ID); err != nil {
		return err
	}
	if err := a.Access.TouchClient(r.Context(), r.Store, client); err != nil {
		return err
	}
	return access.Require(r.Context(), r.Tenant.TenantID, p)
}

// client proves the caller: by HTTP Basic, or by a bearer token for this API,
// whose scopes narrow what he may; nil narrows nothing. With a refusal the
// application comes along where it is known, for the record.
func (a *API) client(r *web.Request) (*models.Application, []access.Permission, error) {
	if r.Repeated("Authorization") { // RFC 6750 §2
		return nil, nil, reason.New(reason.AccessUnauthorized)
	}
	header := r.Header("Authorization")
	scheme, token, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(scheme, "Basic"):
		shown, refused := clientauth.Read(header, strict.Values{})
		if refused != nil {
			return nil, nil, reason.Wrap(reason.AccessUnauthorized, refused)
		}
		app, refused := a.Clients.Authenticate(r.Context(), r.Store, shown)
		if refused != nil {
			return app, nil, unauthorized(refused)
		}
		return app, nil, nil
	case strings.EqualFold(scheme, "Bearer"), strings.EqualFold(scheme, "DPoP"):
		return a.bearer(r, oidc.ShownToken{Token: strings.TrimSpace(token), Bound: strings.EqualFold(scheme, "DPoP")})
	}
	return nil, nil, reason.New(reason.AccessUnauthorized)
}

// unauthorized keeps a throttle's refusal and our own faults as they are.
func unauthorized(e *reason.Error) error {
	if k := e.Meaning().Kind; k == reason.Throttled || k == reason.Internal || k == reason.Unavailable {
		return e
	}
	return reason.Wrap(reason.AccessUnauthorized, e)
}

// Holders knows whether whoever shows a token holds the key that it is bound
// to; *oidc.Provider does.
type Holders interface {
	Held(ctx context.Context, t oidc.Tenant, shown oidc.ShownToken, in oidc.Params, c *tokens.AccessClaims, address string) *reason.Error
	// Nonce is for the next proof.
	Nonce(t oidc.Tenant) string
}

// address is the request's, as the tenant's issuer begins it.
func address(r *web.Request) string {
	base, err := url.Parse(r.Base)
	if err != nil {
		return ""
	}
	return base.Scheme + "://" + base.Host + r.Path()
}

// bearer proves the caller by an access token, and by the key that it is bound
// to, if any (RFC 9449 §7.1).
func (a *API) bearer(r *web.Request, shown oidc.ShownToken) (*models.Application, []access.Permission, error) {
	claims, err := a.Tokens.ParseAccess(r.Context(), r.Store, r.Base, shown.Token)
	if err != nil {
		return nil, nil, unauthorized(reason.From(err))
	}
	app, err := a.Applications.ByClientID(r.Context(), r.Store, claims.ClientID)
	if err != nil || !app.Active() {
		return nil, nil, unauthorized(reason.Wrap(reason.AccessUnauthorized, err))
	}
	shown.Application = app
	t := tenant(r)
	proofs := oidc.Params{DPoP: r.Headers("DPoP"), Method: r.Method()}
	if proofs.Certificates, err = r.Certificates(); err != nil {
		return nil, nil, err
	}
	if err := a.Holders.Held(r.Context(), t, shown, proofs, claims, address(r)); err != nil {
		return nil, nil, unauthorized(err)
	}
	if !slices.Contains(claims.Audience, r.Base+prefix) || claims.UserID() != "" {
		return nil, nil, reason.New(reason.AccessUnauthorized)
	}
	scopes := []access.Permission{}
	for _, s := range strings.Fields(claims.Scope) {
		scopes = append(scopes, access.Permission(s))
	}
	return app, scopes, nil
}
