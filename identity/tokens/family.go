package tokens

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/audit"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Grace is how long the refresh token before the current one still gets the
// same successor, for clients that lost an answer (R35).
const Grace = 10 * time.Second

const refreshPrefix = "gtr_"

// The parts of a refresh token, in bytes: family id, generation, MAC.
const (
	idBytes, generationBytes, macBytes = 16, 4, 32
	refreshBytes                       = idBytes + generationBytes + macBytes
)

// scopeOffline lets a family outlive the session (OpenID Connect Core §11).
const scopeOffline = "offline_access"

// NewFamily is what a family is made from.
type NewFamily struct {
	Code      *models.Code
	Settings  models.TenantSettings
	GrantType string
}

// NewFamily begins the family of tokens that a code stands for, and returns its
// first refresh token.
func (m *Mint) NewFamily(ctx context.Context, tx *store.Tx, n NewFamily) (*models.Family, string, error) {
	now, code := m.now(), n.Code
	f := &models.Family{
		Owned: models.Owned{TenantID: tx.ID()}, ID: store.NewID(),
		ApplicationID: code.ApplicationID, UserID: code.UserID, SessionID: code.SessionID,
		CodeHash: append([]byte{}, code.Hash...), Secret: make([]byte, randomBytes), RotatedAt: models.At(now),
		Scope: code.Scope, Resource: code.Resource, AuthTime: code.AuthTime, AMR: code.AMR, ACR: code.ACR, Details: code.Details,
		CreatedAt: models.At(now), IdleSeconds: int(n.Settings.RefreshIdle() / time.Second),
		ExpiresAt: models.At(now.Add(n.Settings.RefreshLifetime())),
	}
	_, _ = rand.Read(f.Secret) // never fails (R127)
	if len(code.Hash) > 0 {
		f.Redeemed = code.Hash
	}
	if slices.Contains(strings.Fields(code.Scope), scopeOffline) {
		f.SessionID = ""
		if err := m.Joined(ctx, tx, code.SessionID, code.ApplicationID); err != nil {
			return nil, "", err
		}
	}
	if err := insertFamily(ctx, tx, f); err != nil {
		return nil, "", err
	}
	refresh, err := m.refresh(f, f.Generation)
	if err != nil {
		return nil, "", err
	}
	told := *f
	told.SessionID = code.SessionID // which sign-in gave it, whether it outlives it or not
	return f, refresh, m.record(ctx, tx, audit.TokenIssued, &told, map[string]any{"grant_type": n.GrantType})
}

// Rotate takes a refresh token and returns its family with the successor. It
// returns reason.OAuthRefreshUnknown, -Client, -Revoked, -Expired or -Reused;
// after the last, the caller ends the family by RevokeReused, in a transaction
// that commits.
func (m *Mint) Rotate(ctx context.Context, w store.Writer, token, applicationID string) (*models.Family, string, error) {
	var f *models.Family
	var next string
	err := w.Write(ctx, func(tx *store.Tx) error {
		t, err := read(token)
		if err != nil {
			return err
		}
		f, err = advance(ctx, tx, t.family, t.generation, models.At(m.now()))
		if store.NotFound(err) {
			f, next, err = m.again(ctx, tx, t, applicationID)
			return err
		}
		if err == nil {
			next, err = m.rotated(ctx, tx, f, t, applicationID)
		}
		return err
	})
	return f, next, err
}

// Keep takes a refresh token as Rotate does, but leaves it the current one: for
// applications that prove themselves and a key with each use, so that a stolen
// token is good for nobody else (R35, FAPI 2.0 Security Profile §5.3.2.1). It
// returns the refusals of Rotate.
func (m *Mint) Keep(ctx context.Context, w store.Writer, token, applicationID string) (*models.Family, string, error) {
	var f *models.Family
	next := token
	err := w.Write(ctx, func(tx *store.Tx) error {
		t, err := read(token)
		if err != nil {
			return err
		}
		f, err = dwell(ctx, tx, t.family, t.generation, models.At(m.now()))
		if store.NotFound(err) {
			f, next, err = m.again(ctx, tx, t, applicationID)
			return err
		}
		if err == nil {
			_, err = m.rotated(ctx, tx, f, t, applicationID)
		}
		return err
	})
	return f, next, err
}

// rotated judges a token whose family went on with it. A refusal takes the step
// back with the transaction.
func (m *Mint) rotated(ctx context.Context, tx *store.Tx, f *models.Family, t refreshToken, applicationID string) (string, error) {
	if err := m.belongs(f, t, applicationID); err != nil {
		return "", err
	}
	if err := m.record(ctx, tx, audit.TokenRefreshed, f, map[string]any{"grant_type": models.GrantRefreshToken}); err != nil {
		return "", err
	}
	return m.refresh(f, f.Generation)
}

// again judges a token that is no longer, or never was, the current one of a
// living family.
func (m *Mint) again(ctx context.Context, tx *store.Tx, t refreshToken, applicationID string) (*models.Family, string, error) {
	f, err := m.familyOf(ctx, tx, t)
	if err == nil {
		err = m.belongs(f, t, applicationID)
	}
	if err == nil {
		err = m.alive(f)
	}
	if err != nil {
		return nil, "", err
	}
	if t.generation != f.Generation-1 || models.At(m.now()).Sub(f.RotatedAt.Time) > Grace {
		return nil, "", reason.New(reason.OAuthRefreshReused)
	}
	details := map[string]any{"grant_type": models.GrantRefreshToken, "kind": "grace"}
	if err := m.record(ctx, tx, audit.TokenRefreshed, f, details); err != nil {
		return nil, "", err
	}
	next, err := m.refresh(f, f.Generation)
	return f, next, err
}

// belongs refuses a token that this server did not make for the application.
func (m *Mint) belongs(f *models.Family, t refreshToken, applicationID string) error {
	switch {
	case !m.made(f, t):
		return reason.New(reason.OAuthRefreshUnknown)
	case f.ApplicationID != applicationID:
		return reason.New(reason.OAuthRefreshClient)
	}
	return nil
}

// FamilyOf returns the family of a current, living refresh token, without
// rotating it. It returns the refusals of Rotate.
func (m *Mint) FamilyOf(ctx context.Context, r store.Reader, token string) (*models.Family, error) {
	f, generation, err := m.authentic(ctx, r, token)
	if err != nil {
		return nil, err
	}
	if generation != f.Generation {
		return nil, reason.New(reason.OAuthRefreshReused)
	}
	if err := m.alive(f); err != nil {
		return nil, err
	}
	return f, m.sessionLives(ctx, r, f.SessionID)
}

// IsRefresh reports whether a token has the form of a refresh token.
func IsRefresh(token string) bool { return strings.HasPrefix(token, refreshPrefix) }

func (m *Mint) alive(f *models.Family) error {
	now := m.now()
	idle := f.RotatedAt.Add(time.Duration(f.IdleSeconds) * time.Second)
	switch {
	case !f.RevokedAt.IsZero():
		return reason.New(reason.OAuthRefreshRevoked)
	case !now.Before(f.ExpiresAt.Time), !now.Before(idle):
		return reason.New(reason.OAuthRefreshExpired)
	}
	return nil
}

// refreshToken is what a refresh token says, without proof.
type refreshToken struct {
	family     string
	generation int64
	mac        []byte
}

func read(token string) (refreshToken, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(token, refreshPrefix))
	if err != nil || !IsRefresh(token) || len(raw) != refreshBytes {
		return refreshToken{}, reason.New(reason.OAuthRefreshUnknown)
	}
	id := uuid.UUID(raw[:idBytes])
	return refreshToken{
		family: id.String(), generation: int64(binary.BigEndian.Uint32(raw[idBytes:])), mac: raw[idBytes+generationBytes:],
	}, nil
}

// authentic finds the family of a token that this server made. Guesses never
// get as far as a verdict about a family.
func (m *Mint) authentic(ctx context.Context, r store.Reader, token string) (*models.Family, int64, error) {
	t, err := read(token)
	if err != nil {
		return nil, 0, err
	}
	f, err := m.familyOf(ctx, r, t)
	return f, t.generation, err
}

func (m *Mint) familyOf(ctx context.Context, r store.Reader, t refreshToken) (*models.Family, error) {
	f, err := familyByID(ctx, r, t.family)
	switch {
	case store.NotFound(err):
		return nil, reason.New(reason.OAuthRefreshUnknown)
	case err != nil:
		return nil, err
	case !m.made(f, t):
		return nil, reason.New(reason.OAuthRefreshUnknown)
	}
	return f, nil
}

// made reports whether this server made the token.
func (m *Mint) made(f *models.Family, t refreshToken) bool {
	return hmac.Equal(t.mac, m.mac(f, t.generation))
}

// refresh computes the refresh token of a generation.
func (m *Mint) refresh(f *models.Family, generation int64) (string, error) {
	id, err := uuid.Parse(f.ID)
	if err != nil {
		return "", err
	}
	raw := make([]byte, 0, refreshBytes)
	raw = append(raw, id[:]...)
	raw = binary.BigEndian.AppendUint32(raw, uint32(generation)) //nolint:gosec // a family is over long before
	raw = append(raw, m.mac(f, generation)...)
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(raw), nil
}

func (m *Mint) mac(f *models.Family, generation int64) []byte {
	count := binary.BigEndian.AppendUint64(nil, uint64(generation)) //nolint:gosec // bits, not a quantity
	return m.k.MAC("refresh token", []byte(f.TenantID), []byte(f.ID), f.Secret, count)
}

// record notes what happened to a family.
func (m *Mint) record(ctx context.Context, tx *store.Tx, action string, f *models.Family, details map[string]any) error {
	details["scope"], details["family_id"] = f.Scope, f.ID
	return audit.Append(ctx, tx, m.now(), audit.Event{
		Action: action, UserID: f.UserID, ApplicationID: f.ApplicationID, SessionID: f.SessionID,
		Target: audit.Target{Type: "token_family", ID: f.ID}, Details: details,
	})
}
