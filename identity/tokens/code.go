package tokens

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// CodeLife is how long a code can be used (R26).
const CodeLife = 60 * time.Second

// codePrefix marks codes, so that a leaked one is recognised for what it is.
const codePrefix = "gtc_"

const purposeCode = "authorization code"

// codeFacts are what a code says, sealed.
type codeFacts struct {
	Application string              `json:"a"`
	User        string              `json:"u"`
	Session     string              `json:"s,omitempty"`
	RedirectURI string              `json:"r"`
	Scope       string              `json:"c"`
	Nonce       string              `json:"n,omitempty"`
	Challenge   string              `json:"p,omitempty"`
	Resource    string              `json:"t,omitempty"`
	AuthTime    int64               `json:"w"` // microseconds since the epoch
	AMR         []string            `json:"m"`
	ACR         string              `json:"l,omitempty"`
	Locales     string              `json:"o,omitempty"`
	Issued      int64               `json:"i"` // as AuthTime
	Details     models.GrantDetails `json:"d"`
}

// NewCode returns the code for what was authorized (RFC 6749 §4.1.2). The code
// carries it, sealed for the tenant, so that nothing is written for one that is
// never used; using it writes the family (decision 0012). It returns
// RequestTooLarge where that does not fit into a URL.
func (m *Mint) NewCode(tenantID string, c models.Code) (string, error) {
	payload, err := json.Marshal(codeFacts{
		Application: c.ApplicationID, User: c.UserID, Session: c.SessionID, RedirectURI: c.RedirectURI, Scope: c.Scope,
		Nonce: c.Nonce, Challenge: c.Challenge, Resource: c.Resource, AuthTime: c.AuthTime.UnixMicro(), AMR: c.AMR.V, ACR: c.ACR,
		Locales: c.ClaimsLocales, Issued: m.now().UnixMicro(), Details: c.Details.V,
	})
	if err != nil {
		return "", err
	}
	sealed := m.k.Token(purposeCode, tenantID, payload, m.now().Add(CodeLife))
	if sealed == "" {
		return "", reason.New(reason.RequestTooLarge)
	}
	return codePrefix + sealed, nil
}

// Code reads what a code stands for. Whether it was used before, the family
// tells: of two that NewFamily makes of one code, the second finds the first.
// It returns reason.OAuthCodeUnknown, reason.OAuthCodeExpired or
// reason.OAuthCodeReused; after the last, the caller ends what the code gave by
// RevokeCode, in a transaction that commits. Whether all that the client or the
// tenant holds was revoked since CreatedAt, the caller asks by AskCutoffs.
func (m *Mint) Code(ctx context.Context, r store.Reader, code string) (*models.Code, error) {
	sealed, ours := strings.CutPrefix(code, codePrefix)
	if !ours {
		return nil, reason.New(reason.OAuthCodeUnknown)
	}
	payload, err := m.k.OpenToken(purposeCode, r.ID(), sealed, m.now())
	switch {
	case errors.Is(err, seal.ErrExpired):
		return nil, m.over(ctx, r, code)
	case err != nil:
		return nil, reason.Wrap(reason.OAuthCodeUnknown, err)
	}
	var f codeFacts
	if err := json.Unmarshal(payload, &f); err != nil {
		return nil, err
	}
	return &models.Code{
		Hash: hash(code), ApplicationID: f.Application, UserID: f.User, SessionID: f.Session, RedirectURI: f.RedirectURI, Scope: f.Scope,
		Nonce: f.Nonce, Challenge: f.Challenge, Resource: f.Resource, AuthTime: models.At(time.UnixMicro(f.AuthTime)), AMR: models.AsJSON(f.AMR), ACR: f.ACR,
		ClaimsLocales: f.Locales, Details: models.AsJSON(f.Details), CreatedAt: models.At(time.UnixMicro(f.Issued)),
	}, nil
}

// over tells a code that was used in its time from one that was not.
func (m *Mint) over(ctx context.Context, r store.Reader, code string) error {
	used, err := m.CodeUsed(ctx, r, code)
	switch {
	case err != nil:
		return err
	case used:
		return reason.New(reason.OAuthCodeReused)
	}
	return reason.New(reason.OAuthCodeExpired)
}

// CodeUsed reports whether a code gave a family.
func (m *Mint) CodeUsed(ctx context.Context, r store.Reader, code string) (bool, error) {
	return gaveFamily(ctx, r, hash(code))
}

// Beside names what an authorization response gives beside its code, so that a
// second use of the code ends that as well (R26).
func Beside(code string) []byte { return hash("beside " + code) }
