package tokens

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Why a family was revoked.
const (
	WhyClient      = "client"      // the application asked (RFC 7009)
	WhyCodeReused  = "code_reused" // R26
	WhyReused      = "reused"      // R35
	WhyRevoked     = "revoked"     // an administrator asked
	WhyApplication = "application" // the application was disabled or deleted
	WhyConsent     = "consent"     // the user took his consent back
)

// Revoke ends what a token stands for, if it was issued to the application
// (RFC 7009 §2.1): a refresh token's whole family, or one access token. Any
// other token is no error and changes nothing.
func (m *Mint) Revoke(ctx context.Context, t store.Tenant, issuer, token string, app *models.Application) error {
	if IsRefresh(token) {
		f, _, err := m.authentic(ctx, t, token)
		if err != nil || f.ApplicationID != app.ID {
			return quiet(err)
		}
		return t.Write(ctx, func(tx *store.Tx) error {
			_, err := m.end(ctx, tx, audit.TokenRevoked, WhyClient, condition{"id", f.ID})
			return err
		})
	}
	c, err := m.ParseAccess(ctx, t, issuer, token)
	if err != nil || c.ClientID != app.ClientID {
		return quiet(err)
	}
	return m.revokeAccess(ctx, t, c, app)
}

// quiet drops refusals and keeps faults.
func quiet(err error) error {
	if err == nil || reason.From(err).Meaning().Kind != reason.Internal {
		return nil
	}
	return err
}

func (m *Mint) revokeAccess(ctx context.Context, t store.Tenant, c *AccessClaims, app *models.Application) error {
	return t.Write(ctx, func(tx *store.Tx) error {
		if err := insertRevoked(ctx, tx, &models.RevokedToken{JTI: c.JTI, ExpiresAt: models.At(time.Unix(c.Expires, 0))}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, m.now(), audit.Event{
			Action: audit.TokenRevoked, UserID: c.UserID(), ApplicationID: app.ID, SessionID: c.SID,
			Target: audit.Target{Type: "access_token", ID: c.JTI}, Details: map[string]any{"why": WhyClient, "jti": c.JTI},
		})
	})
}

// RevokeCode ends the families that a code gave, after its second use (R26).
func (m *Mint) RevokeCode(ctx context.Context, w store.Writer, code string) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		for _, name := range [][]byte{hash(code), Beside(code)} {
			if _, err := m.end(ctx, tx, audit.CodeReused, WhyCodeReused, condition{"redeemed", name}); err != nil {
				return err
			}
		}
		return nil
	})
}

// RevokeReused ends the family of a refresh token that was used again (R35). A
// token that this server did not make ends nothing.
func (m *Mint) RevokeReused(ctx context.Context, w store.Writer, token string) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		f, _, err := m.authentic(ctx, tx, token)
		if err != nil {
			return quiet(err)
		}
		_, err = m.end(ctx, tx, audit.TokenReused, WhyReused, condition{"id", f.ID})
		return err
	})
}

// RevokeFamiliesOfSession ends the families that are bound to a session and
// returns how many there were.
func (m *Mint) RevokeFamiliesOfSession(ctx context.Context, tx *store.Tx, sessionID, why string) (int, error) {
	return m.end(ctx, tx, audit.TokenRevoked, why, condition{"session_id", sessionID})
}

// RevokeFamiliesOfUser ends all of a user's families (R66).
func (m *Mint) RevokeFamiliesOfUser(ctx context.Context, tx *store.Tx, userID, why string) (int, error) {
	return m.end(ctx, tx, audit.TokenRevoked, why, condition{"user_id", userID})
}

// RevokeFamiliesOfApplication ends all families of an application, or only
// those of one user.
func (m *Mint) RevokeFamiliesOfApplication(ctx context.Context, tx *store.Tx, applicationID, userID, why string) (int, error) {
	where := []condition{{"application_id", applicationID}}
	if userID != "" {
		where = append(where, condition{"user_id", userID})
	}
	return m.end(ctx, tx, audit.TokenRevoked, why, where...)
}

// RevokeAll ends all tokens of the tenant, and what was allowed and not yet
// fetched (R66). It returns how many families there were.
func (m *Mint) RevokeAll(ctx context.Context, tx *store.Tx, why string) (int, error) {
	if err := m.cut(ctx, tx, everything); err != nil {
		return 0, err
	}
	if err := forgetPending(ctx, tx, "", models.At(m.now())); err != nil {
		return 0, err
	}
	return m.end(ctx, tx, audit.TokenRevoked, why)
}

// RevokeFamily ends one family for an administrator. It returns
// reason.RequestNotFound.
func (m *Mint) RevokeFamily(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.SessionsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		n, err := m.end(ctx, tx, audit.TokenRevoked, WhyRevoked, condition{"id", id})
		if err == nil && n == 0 {
			return reason.New(reason.RequestNotFound)
		}
		return err
	})
}

// end revokes the living families that match and records each.
func (m *Mint) end(ctx context.Context, tx *store.Tx, action, why string, where ...condition) (int, error) {
	open, err := openFamilies(ctx, tx, where)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	ids := make([]string, len(open))
	for i := range open {
		ids[i] = open[i].ID
		if err := m.record(ctx, tx, action, &open[i], map[string]any{"why": why}); err != nil {
			return 0, err
		}
	}
	return len(open), revoke(ctx, tx, ids, models.At(m.now()), why)
}

// FamiliesOf lists the user's families, the newest first.
func (m *Mint) FamiliesOf(ctx context.Context, r store.Reader, userID string, p page.Request) ([]models.Family, error) {
	if err := access.Require(ctx, r.ID(), access.SessionsRead); err != nil {
		return nil, err
	}
	return familiesOf(ctx, r, userID, p.Size())
}

// Sweep forgets codes, opaque access tokens, requests of devices, pushed requests, revocations and
// families that are over, a bounded number at a time, and returns how many.
func (m *Mint) Sweep(ctx context.Context, db *store.DB) (int64, error) {
	var swept int64
	err := db.System("sweep tokens").Write(ctx, func(tx *store.Tx) error {
		var err error
		if swept, err = sweep(ctx, tx, models.At(m.now()), models.At(m.now().Add(-keepDead))); err != nil {
			return err
		}
		over := models.At(m.now().Add(-keepRequests))
		for _, also := range []func(context.Context, *store.Tx, models.Time) (int64, error){sweepDevices, sweepBackchannels} {
			n, err := also(ctx, tx, over)
			if err != nil {
				return err
			}
			swept += n
		}
		pushed, err := sweepPushed(ctx, tx, models.At(m.now().Add(-pushedKept)))
		swept += pushed
		return err
	})
	if err != nil {
		return swept, err
	}
	opaque, err := m.sweepOpaque(ctx, db)
	return swept + opaque, err
}

// keepDead is how long a family that is over is kept for those who ask what
// became of it.
const keepDead = 30 * 24 * time.Hour

// keepRequests is how long a request that was not answered in time can still
// be told so.
const keepRequests = 10 * time.Minute
