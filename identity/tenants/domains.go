package tenants

import (
	"context"
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// ChallengeHost is where a domain's owner puts the challenge as a TXT record:
// this label before the host.
const ChallengeHost = "_gatehouse-challenge."

var hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// TXT looks up the TXT records of a name; net.Resolver.LookupTXT is one.
type TXT func(ctx context.Context, name string) ([]string, error)

// AddDomain notes a host name as the tenant's. It is looked up only once it is
// verified. It returns reason.InputInvalid or reason.InputTaken.
func (d *Directory) AddDomain(ctx context.Context, w store.Writer, host string) (*models.Domain, error) {
	if err := access.Require(ctx, w.ID(), access.TenantsWrite); err != nil {
		return nil, err
	}
	host, err := CleanHost(host)
	if err != nil {
		return nil, err
	}
	domain := &models.Domain{
		ID: store.NewID(), Host: host, Challenge: secret.Random("gatehouse-", 24).Reveal(), CreatedAt: models.At(d.now()),
	}
	err = w.Write(ctx, func(tx *store.Tx) error {
		if err := insertDomain(ctx, tx, domain); err != nil {
			if store.Taken(err) {
				return taken("host")
			}
			return err
		}
		return d.recordDomain(ctx, tx, audit.DomainAdded, domain)
	})
	return domain, err
}

// CleanHost returns a host name in its one form: lower case, punycode, without
// a final dot. It returns reason.InputInvalid.
func CleanHost(host string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(strings.TrimSpace(strings.ToLower(host)), "."))
	if err != nil || len(ascii) > 253 || !hostForm.MatchString(ascii) {
		return "", reason.Wrap(reason.InputInvalid, err).On("host", reason.InputFormat, "login.example.com")
	}
	return ascii, nil
}

// VerifyDomain looks for the challenge in the DNS and verifies the domain. It
// returns reason.DomainUnverified while the record is not there, and
// reason.InputTaken when another tenant has verified the host.
func (d *Directory) VerifyDomain(ctx context.Context, w store.Writer, id string, look TXT) (*models.Domain, error) {
	if err := access.Require(ctx, w.ID(), access.TenantsWrite); err != nil {
		return nil, err
	}
	domain, err := knownDomain(domainByID(ctx, w, id))
	if err != nil {
		return nil, err
	}
	records, err := look(ctx, ChallengeHost+domain.Host)
	if err != nil {
		return nil, reason.Wrap(reason.DomainUnverified, err)
	}
	for _, r := range records {
		if strings.TrimSpace(r) == domain.Challenge {
			return d.confirm(ctx, w, domain)
		}
	}
	return nil, reason.New(reason.DomainUnverified)
}

// TrustDomain verifies a domain on the word of whoever runs the deployment. It
// needs access.TenantsWrite in every tenant.
func (d *Directory) TrustDomain(ctx context.Context, w store.Writer, id string) (*models.Domain, error) {
	if err := access.RequireEverywhere(ctx, access.TenantsWrite); err != nil {
		return nil, err
	}
	domain, err := knownDomain(domainByID(ctx, w, id))
	if err != nil {
		return nil, err
	}
	return d.confirm(ctx, w, domain)
}

func (d *Directory) confirm(ctx context.Context, w store.Writer, domain *models.Domain) (*models.Domain, error) {
	domain.VerifiedAt = models.At(d.now())
	err := w.Write(ctx, func(tx *store.Tx) error {
		if err := verified(ctx, tx, domain); err != nil {
			if store.Taken(err) {
				return taken("host")
			}
			return err
		}
		return d.recordDomain(ctx, tx, audit.DomainVerified, domain)
	})
	return domain, err
}

// RemoveDomain forgets a host name. It returns reason.RequestNotFound.
func (d *Directory) RemoveDomain(ctx context.Context, w store.Writer, id string) error {
	if err := access.Require(ctx, w.ID(), access.TenantsWrite); err != nil {
		return err
	}
	return w.Write(ctx, func(tx *store.Tx) error {
		domain, err := knownDomain(domainByID(ctx, tx, id))
		if err != nil {
			return err
		}
		if err := deleteDomain(ctx, tx, id); err != nil {
			return err
		}
		return d.recordDomain(ctx, tx, audit.DomainRemoved, domain)
	})
}

// Domains lists the tenant's host names.
func (d *Directory) Domains(ctx context.Context, r store.Reader) ([]models.Domain, error) {
	if err := access.Require(ctx, r.ID(), access.TenantsRead); err != nil {
		return nil, err
	}
	return domains(ctx, r)
}

func knownDomain(domain *models.Domain, err error) (*models.Domain, error) {
	if store.NotFound(err) {
		return nil, reason.Wrap(reason.RequestNotFound, err)
	}
	return domain, err
}

func (d *Directory) recordDomain(ctx context.Context, tx *store.Tx, action string, domain *models.Domain) error {
	tx.After(d.byHost.Clear)
	return audit.Append(ctx, tx, d.now(), audit.Event{
		Action: action, Target: audit.Target{Type: "domain", ID: domain.ID, Name: domain.Host},
		Details: map[string]any{"host": domain.Host},
	})
}
