package tokens

import (
	"context"
	"slices"
	"time"

	"gatehouse/models"
	"gatehouse/store"
)

// The names of cutoffs among the revocations. No jti of ours has a colon or a
// star.
const (
	everything   = "*"
	clientPrefix = "client:"
)

func ofClient(clientID string) string { return clientPrefix + clientID }

// longestAccess is how long an access token lives at most (R32), and so how long
// a cutoff is of use.
const longestAccess = time.Hour

// cut ends all access tokens under a name that were issued until now, whether a
// family stands behind them or not. A token tells the second of its issue, so
// that those of the rest of this second end too.
func (m *Mint) cut(ctx context.Context, tx *store.Tx, name string) error {
	now := m.now()
	return upsertCutoff(ctx, tx, &models.RevokedToken{
		JTI: name, IssuedBefore: models.At(now), ExpiresAt: models.At(now.Add(longestAccess + time.Second)),
	})
}

// endedBy reports whether a revocation of its jti, its application or everything
// ends the token.
func (c *AccessClaims) endedBy(row models.RevokedToken) bool {
	return row.IssuedBefore.IsZero() || c.Issued <= row.IssuedBefore.Unix()
}

// Cutoffs are the revocations of all that an application or its tenant holds,
// looked up together with other things.
type Cutoffs struct {
	*store.Question
	rows []models.RevokedToken
}

// AskCutoffs asks for those that concern an application, for store.Ask.
func AskCutoffs(clientID string) *Cutoffs {
	c := &Cutoffs{}
	c.Question = revocations(&c.rows, ofClient(clientID), everything)
	return c
}

// End reports whether one of them ends what was allowed at a time.
func (c *Cutoffs) End(allowed models.Time) (bool, error) {
	return slices.ContainsFunc(c.rows, func(row models.RevokedToken) bool {
		return allowed.UnixMicro() <= row.IssuedBefore.UnixMicro()
	}), c.Err()
}

// RevokeTokensOf ends all that an application holds: families, access tokens of
// its own or of an exchange, and what was allowed and not yet fetched. It
// returns how many families there were.
func (m *Mint) RevokeTokensOf(ctx context.Context, tx *store.Tx, a *models.Application, why string) (int, error) {
	if err := m.cut(ctx, tx, ofClient(a.ClientID)); err != nil {
		return 0, err
	}
	if err := forgetPending(ctx, tx, a.ID, models.At(m.now())); err != nil {
		return 0, err
	}
	return m.RevokeFamiliesOfApplication(ctx, tx, a.ID, "", why)
}

// Held counts the living families of an application, or with an empty id of the
// tenant: as many as most at the highest.
func (m *Mint) Held(ctx context.Context, r store.Reader, applicationID string, most int) (int, error) {
	return countFamilies(ctx, r, applicationID, models.At(m.now()), most)
}
