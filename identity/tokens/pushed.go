package tokens

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// PushedLife is how long a pushed request may wait for its browser (RFC 9126
// §2.2, R39).
const PushedLife = 90 * time.Second

// pushedKept is how long a pushed request is kept after that, so that whoever
// is signing in with it still finds it unanswered.
const pushedKept = time.Hour

// pushedPrefix begins the request_uri of pushed requests (RFC 9126 §2.2).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// IsPushed reports whether a request_uri has the form of a pushed request's.
func IsPushed(requestURI string) bool { return strings.HasPrefix(requestURI, pushedPrefix) }

// Push keeps the parameters of an authorization request for the application and
// returns its request_uri.
func (m *Mint) Push(ctx context.Context, tx *store.Tx, a *models.Application, parameters map[string]string) (string, error) {
	uri := secret.Random(pushedPrefix, randomBytes).Reveal()
	now := m.now()
	return uri, insertPushed(ctx, tx, &models.PushedRequest{
		Hash: hash(uri), ApplicationID: a.ID, Payload: models.AsJSON(parameters),
		CreatedAt: models.At(now), ExpiresAt: models.At(now.Add(PushedLife)),
	})
}

// Pushed returns the request that stands behind a request_uri of the
// application. It may be asked for again until it was answered, as browsers do
// on a reload. It returns reason.OAuthPushedUnknown or reason.OAuthPushedUsed.
func (m *Mint) Pushed(ctx context.Context, r store.Reader, a *models.Application, requestURI string) (*models.PushedRequest, error) {
	row, err := pushedByHash(ctx, r, hash(requestURI))
	switch {
	case store.NotFound(err):
		return nil, reason.Wrap(reason.OAuthPushedUnknown, err)
	case err != nil:
		return nil, err
	case row.ApplicationID != a.ID:
		return nil, reason.New(reason.OAuthPushedUnknown)
	case !row.UsedAt.IsZero():
		return nil, reason.New(reason.OAuthPushedUsed)
	case !m.now().Before(row.ExpiresAt.Time):
		return nil, reason.New(reason.OAuthPushedUnknown)
	}
	return row, nil
}

// UsePushed marks a pushed request as answered, once (RFC 9126 §7.3). It
// returns reason.OAuthPushedUsed.
func (m *Mint) UsePushed(ctx context.Context, tx *store.Tx, hash []byte) error {
	first, err := usePushed(ctx, tx, hash, models.At(m.now()))
	if err == nil && !first {
		return reason.New(reason.OAuthPushedUsed)
	}
	return err
}
