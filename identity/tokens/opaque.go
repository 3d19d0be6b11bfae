package tokens

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// opaquePrefix marks opaque access tokens. No JWT begins like this.
const opaquePrefix = "gta_"

// keepOpaque stores what the token says and returns the key to it: 256 random
// bits, of which the hash alone stays here.
func (m *Mint) keepOpaque(ctx context.Context, t store.Tenant, a Access, said []byte) (string, error) {
	text, now := secret.Random(opaquePrefix, randomBytes).Reveal(), m.now()
	row := models.AccessToken{
		Hash: hash(text), JTI: a.JTI, ClientID: a.ClientID, FamilyID: a.FamilyID, Claims: models.AsJSON(json.RawMessage(said)),
		CreatedAt: models.At(now), ExpiresAt: models.At(time.Unix(now.Add(a.Lifetime).Unix(), 0)),
	}
	return text, t.Write(ctx, func(tx *store.Tx) error { return insertOpaque(ctx, tx, &row) })
}

// claims is what a token says that this tenant issued, in whatever form.
func (m *Mint) claims(ctx context.Context, t store.Tenant, token string) ([]byte, error) {
	if !strings.HasPrefix(token, opaquePrefix) {
		payload, _, err := m.keys.Verify(ctx, t, token, typeAccess)
		if err != nil {
			return nil, reason.Wrap(reason.OAuthTokenInvalid, err)
		}
		return payload, nil
	}
	row, err := opaqueByHash(ctx, t, hash(token))
	switch {
	case store.NotFound(err):
		return nil, reason.New(reason.OAuthTokenInvalid)
	case err != nil:
		return nil, err
	}
	return row.Claims.V, nil
}

// opaqueRounds bounds one sweep: many tokens end in a moment, and each round is
// a transaction of its own.
const opaqueRounds = 100

func (m *Mint) sweepOpaque(ctx context.Context, db *store.DB) (int64, error) {
	var swept int64
	for range opaqueRounds {
		var n int64
		err := db.System("sweep opaque tokens").Write(ctx, func(tx *store.Tx) error {
			var err error
			n, err = sweepOpaque(ctx, tx, models.At(m.now()))
			return err
		})
		swept += n
		if err != nil || n < opaqueBatch {
			return swept, err
		}
	}
	return swept, nil
}
