package oidc

import (
	"context"

	"gatehouse/identity/applications"
	"gatehouse/identity/throttle"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/oidc/registration"
	"gatehouse/reason"
)

// meet gets to know a client whose client_id is the address of its metadata
// document (OAuth Client ID Metadata Document), where the tenant allows it: the
// document is fetched when the client first comes, and again when it is old. An
// old one serves for a day while no new one can be had. It returns
// reason.OAuthClientDocument, or reason.OAuthClientUnknown where the tenant does
// not allow it.
func (p *Provider) meet(ctx context.Context, t Tenant, clientID string) *reason.Error {
	switch {
	case !applications.IsDocument(clientID):
		return nil
	case !t.Row.Settings.V.ClientIDDocuments, !t.Row.Active():
		return reason.New(reason.OAuthClientUnknown)
	}
	due, stale, err := p.Applications.Met(ctx, t.Store, clientID)
	if err != nil {
		return reason.From(err)
	}
	if !due {
		return nil
	}
	if err := p.renew(ctx, t, clientID); err != nil && (stale || reason.From(err).Meaning().Kind == reason.Internal) {
		return reason.From(err)
	}
	return nil
}

func (p *Provider) renew(ctx context.Context, t Tenant, clientID string) error {
	err := p.Throttle.SpendAll(ctx, t.Store,
		throttle.Charge{Budget: throttle.Document, Key: throttle.SourceKey(caller.From(ctx).IP)},
		throttle.Charge{Budget: throttle.DocumentTenant, Key: t.Store.ID()})
	if err != nil {
		return err
	}
	body, until, err := p.Applications.FetchDocument(ctx, clientID)
	if err != nil {
		return err
	}
	n, bad := registration.ReadDocument(body, clientID, t.Row.Settings.V)
	if bad != nil {
		return reason.Wrap(reason.OAuthClientDocument, bad)
	}
	if err = p.Applications.CheckSector(ctx, n.Metadata); err == nil {
		err = p.Applications.KeepDocument(ctx, t.Store, clientID, n, until)
	}
	if reason.Has(err, reason.InputInvalid) {
		return reason.Wrap(reason.OAuthClientDocument, err)
	}
	return err
}

// documentHost is who a client says it is, where its client_id is an address.
func documentHost(app *models.Application) string { return applications.DocumentHost(app.ClientID) }
