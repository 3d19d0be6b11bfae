package tenants

import (
	"context"
	"crypto/x509"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
	"gatehouse/themes"
)

// New is a tenant to be.
type New struct {
	Name          string // in addresses: a-z, 0-9 and -
	DisplayName   string // empty: the name
	DefaultLocale string // BCP 47; empty: en
	Settings      models.TenantSettings
	Branding      map[string]string // design tokens
	Logo          []byte            // a picture as it was uploaded; nil: none
}

// nameForm keeps names usable in paths, host names and cookie names.
var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Create makes a tenant with its look. It needs access.TenantsWrite in every
// tenant and returns reason.InputInvalid, reason.ImageInvalid, or
// reason.InputTaken for a name in use.
func (d *Directory) Create(ctx context.Context, n New) (*models.Tenant, error) {
	return d.CreateIn(ctx, d.db.Tenant(store.NewID()), n)
}

// CreateIn is Create with a writer bound to an id that store.NewID made, so
// that it can be part of a larger transaction.
func (d *Directory) CreateIn(ctx context.Context, w store.Writer, n New) (*models.Tenant, error) {
	if err := access.RequireEverywhere(ctx, access.TenantsWrite); err != nil {
		return nil, err
	}
	return d.create(ctx, w, n)
}

func (d *Directory) create(ctx context.Context, w store.Writer, n New) (*models.Tenant, error) {
	if n.DefaultLocale == "" {
		n.DefaultLocale = "en"
	}
	if n.DisplayName = strings.TrimSpace(n.DisplayName); n.DisplayName == "" {
		n.DisplayName = n.Name
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	logo, err := d.picture(n.Logo)
	if err != nil {
		return nil, err
	}
	now := models.At(d.now())
	t := &models.Tenant{
		Name: n.Name, DisplayName: n.DisplayName, DefaultLocale: n.DefaultLocale, Status: models.TenantActive,
		Settings: models.AsJSON(n.Settings), Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	branding := models.Branding{Tokens: models.AsJSON(cleanTokens(n.Branding)), Version: 1, UpdatedAt: now}
	details := map[string]any{}
	if logo != nil {
		branding.LogoID, details["logo"] = logo.ID, logo.ID
	}
	err = w.Write(ctx, func(tx *store.Tx) error {
		if err := insert(ctx, tx, t, &branding, logo); err != nil {
			if store.Taken(err) {
				return taken("name")
			}
			return err
		}
		d.forget(tx, t)
		return audit.Append(ctx, tx, d.now(), audit.Event{
			Action: audit.TenantCreated, Target: target(t), Details: details, After: facts(t),
		})
	})
	return t, err
}

func (n New) check() error {
	e := reason.New(reason.InputInvalid)
	if !nameForm.MatchString(n.Name) {
		e.On("name", reason.InputFormat, "a-z 0-9 -")
	}
	checkCommon(e, n.DisplayName, n.DefaultLocale, n.Settings)
	for name, value := range n.Branding {
		checkToken(e, name, value)
	}
	return orNil(e)
}

const maxName = 200 // characters of a display name

func checkCommon(e *reason.Error, displayName, locale string, s models.TenantSettings) {
	switch {
	case strings.TrimSpace(displayName) == "":
		e.On("display_name", reason.InputRequired, "")
	case len([]rune(displayName)) > maxName:
		e.On("display_name", reason.InputTooLong, "200")
	}
	if _, err := language.Parse(locale); err != nil {
		e.On("default_locale", reason.InputFormat, "BCP 47")
	}
	checkSettings(e, s)
}

// The bounds of a tenant's choices, in seconds and characters. Access tokens
// live an hour at most (R32), passwords have eight characters at least (R60).
// A session lives long enough to get through a sign-in at least.
const (
	moment, minute, hour, day = 10, 60, 3600, 86400
)

func checkSettings(e *reason.Error, s models.TenantSettings) {
	for _, b := range []struct {
		name              string
		value, least, top int
	}{
		{"session_idle_seconds", s.SessionIdleSeconds, moment, 365 * day},
		{"session_lifetime_seconds", s.SessionLifetimeSeconds, moment, 365 * day},
		{"access_token_seconds", s.AccessTokenSeconds, minute, hour},
		{"id_token_seconds", s.IDTokenSeconds, minute, day},
		{"refresh_idle_seconds", s.RefreshIdleSeconds, minute, 365 * day},
		{"refresh_lifetime_seconds", s.RefreshLifetimeSeconds, minute, 365 * day},
		{"password_min_length", s.PasswordMinLength, 8, 64},
		{"attempt_retention_days", s.AttemptRetentionDays, 1, 3650},
		{"registration_open_limit", s.RegistrationOpenLimit, 1, 100_000},
	} {
		if b.value != 0 && (b.value < b.least || b.value > b.top) {
			e.On("settings/"+b.name, reason.InputInvalid, between(b.least, b.top))
		}
	}
	if !models.IsTokenFormat(s.AccessTokenFormat) {
		e.On("settings/access_token_format", reason.InputUnknown, strings.Join(models.TokenFormats(), ", "))
	}
	for _, c := range []struct {
		name, value string
		of          []string
	}{
		{"stay_signed_in", s.StaySignedIn, models.StayChoices()},
		{"self_registration", s.SelfRegistration, models.SelfRegistrationChoices()},
		{"sign_up_email", s.SignUpEmail, models.AskChoices()},
		{"sign_up_names", s.SignUpNames, models.AskChoices()},
	} {
		if c.value != "" && !slices.Contains(c.of, c.value) {
			e.On("settings/"+c.name, reason.InputUnknown, strings.Join(c.of, ", "))
		}
	}
	if s.ClientAuthorities != "" && (len(s.ClientAuthorities) > maxAuthorities || !x509.NewCertPool().AppendCertsFromPEM([]byte(s.ClientAuthorities))) {
		e.On("settings/client_certificate_authorities", reason.InputFormat, "-----BEGIN CERTIFICATE-----")
	}
	checkRegistration(e, s)
}

// maxAuthorities bounds a tenant's authorities, in bytes.
const maxAuthorities = 64 << 10

// checkRegistration holds what applications may register themselves to what
// there is.
func checkRegistration(e *reason.Error, s models.TenantSettings) {
	modes := []string{"", models.RegistrationOff, models.RegistrationToken, models.RegistrationOpen}
	if !slices.Contains(modes, s.Registration) {
		e.On("settings/registration", reason.InputUnknown, "off, token, open")
	}
	for _, grant := range s.RegistrationGrantTypes {
		if !slices.Contains(models.GrantTypes(), grant) {
			e.On("settings/registration_grant_types", reason.InputUnknown, strings.Join(models.GrantTypes(), ", "))
		}
	}
	if len(s.RegistrationScope) > maxScope {
		e.On("settings/registration_scope", reason.InputTooLong, "2000")
	}
	if keys, ok := s.RegistrationStatementJWKS["keys"].([]any); len(s.RegistrationStatementJWKS) > 0 && (!ok || len(keys) == 0) {
		e.On("settings/registration_software_statement_jwks", reason.InputFormat, "RFC 7517 §5")
	}
}

const maxScope = 2000

func checkToken(e *reason.Error, name, value string) {
	t, ok := themes.Find(name)
	if !ok {
		e.On("tokens/"+name, reason.InputUnknown, "")
		return
	}
	if _, err := t.Clean(value); err != nil {
		e.On("tokens/"+name, reason.InputFormat, t.Takes())
	}
}

func cleanTokens(tokens map[string]string) map[string]string {
	clean := make(map[string]string, len(tokens))
	for name, value := range tokens {
		if t, ok := themes.Find(name); ok {
			if v, err := t.Clean(value); err == nil {
				clean[name] = v
			}
		}
	}
	return clean
}

func orNil(e *reason.Error) error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
