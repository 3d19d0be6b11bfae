package manifest

import (
	"context"
	"slices"

	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/reason"
)

// resourceSpec is the spec of kind ResourceServer: an API that applications ask
// tokens for (RFC 8707).
type resourceSpec struct {
	Identifier         string                 `yaml:"identifier"`
	DisplayName        string                 `yaml:"display_name,omitempty"`
	Scopes             []models.ResourceScope `yaml:"scopes,omitempty"`
	Everybody          bool                   `yaml:"everybody,omitempty"`
	Applications       []string               `yaml:"applications,omitempty"` // client_ids
	Server             string                 `yaml:"server,omitempty"`       // client_id
	AccessTokenSeconds int                    `yaml:"access_token_seconds,omitempty"`
	AccessTokenFormat  string                 `yaml:"access_token_format,omitempty"`
	Disabled           bool                   `yaml:"disabled,omitempty"`
	DetailTypes        []models.DetailType    `yaml:"authorization_details_types,omitempty"`
}

func (*resourceSpec) rank() int { return 4 }

func (s *resourceSpec) facts() resources.Facts { return resources.Facts(*s) }

func resourceSpecOf(f resources.Facts) resourceSpec { return resourceSpec(f) }

func (r *run) applyResource(ctx context.Context, d *document, s *resourceSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	row, err := r.Resources.ByName(ctx, tx, d.name)
	if reason.Has(err, reason.RequestNotFound) {
		if row, err = r.Resources.Create(ctx, tx, d.name, s.facts()); err != nil {
			return err
		}
		r.changed("create", d, []FieldChange{{"identifier", "", row.Identifier}})
		r.keep(tx, kindResource, row.ID)
		return nil
	}
	if err != nil {
		return err
	}
	before, err := r.Resources.FactsOf(ctx, tx, row)
	if err != nil {
		return err
	}
	r.keep(tx, kindResource, row.ID)
	row, err = r.Resources.Update(ctx, tx, row.ID, row.Version, s.facts())
	if err != nil {
		return err
	}
	after, err := r.Resources.FactsOf(ctx, tx, row)
	r.updated(d, differing(resourceFields(before), resourceFields(after)))
	return err
}

// resourceFields are what a plan shows.
func resourceFields(f resources.Facts) []field {
	return []field{
		{"identifier", f.Identifier},
		{"display_name", f.DisplayName},
		{"scopes", f.Scopes},
		{"everybody", f.Everybody},
		{"applications", slices.Sorted(slices.Values(f.Applications))},
		{"server", f.Server},
		{"access_token_seconds", f.AccessTokenSeconds},
		{"access_token_format", f.AccessTokenFormat},
		{"disabled", f.Disabled},
		{"authorization_details_types", f.DetailTypes},
	}
}
