package manifest

import (
	"context"

	"gatehouse/identity/claimrules"
	"gatehouse/reason"
	"gatehouse/store"
)

// claimRuleSpec is the spec of kind ClaimRule: a claim that an expression
// writes.
type claimRuleSpec struct {
	Claim       string   `yaml:"claim"`
	Expression  string   `yaml:"expression"`
	Application string   `yaml:"application,omitempty"` // client_id
	Targets     []string `yaml:"targets"`
	Scope       string   `yaml:"scope,omitempty"`
	Position    int      `yaml:"position,omitempty"`
	Disabled    bool     `yaml:"disabled,omitempty"`
}

func (*claimRuleSpec) rank() int { return 5 }

func (r *run) applyClaimRule(ctx context.Context, d *document, s *claimRuleSpec) error {
	tx, _, err := r.in(ctx, d.tenant)
	if err != nil {
		return err
	}
	wanted := claimrules.Facts(*s)
	row, err := r.Rules.ByName(ctx, tx, d.name)
	if reason.Has(err, reason.RequestNotFound) {
		if row, err = r.Rules.Create(ctx, tx, d.name, wanted); err != nil {
			return err
		}
		r.changed("create", d, []FieldChange{{"claim", "", row.Claim}})
		r.keep(tx, kindClaimRule, row.ID)
		return nil
	}
	if err != nil {
		return err
	}
	before, err := r.Rules.FactsOf(ctx, tx, row)
	if err != nil {
		return err
	}
	r.keep(tx, kindClaimRule, row.ID)
	if row, err = r.Rules.Update(ctx, tx, row.ID, row.Version, wanted); err != nil {
		return err
	}
	after, err := r.Rules.FactsOf(ctx, tx, row)
	r.updated(d, differing(claimRuleFields(before), claimRuleFields(after)))
	return err
}

// claimRuleFields are what a plan shows.
func claimRuleFields(f claimrules.Facts) []field {
	return []field{
		{"claim", f.Claim},
		{"expression", f.Expression},
		{"application", f.Application},
		{"targets", f.Targets},
		{"scope", f.Scope},
		{"position", f.Position},
		{"disabled", f.Disabled},
	}
}

func (r *run) pruneClaimRules(ctx context.Context, tx *store.Tx, tenant string) error {
	kept := r.kept[place{tx.ID(), kindClaimRule}]
	if kept == nil {
		return nil
	}
	rows, err := r.Rules.List(ctx, tx)
	for i := range rows {
		if err == nil && !kept[rows[i].ID] {
			r.deleted(kindClaimRule + " " + tenant + "/" + rows[i].Name)
			err = r.Rules.Delete(ctx, tx, rows[i].ID)
		}
	}
	return err
}

func (e *exporter) claimRules(ctx context.Context, in store.Tenant, tenant string) error {
	rows, err := e.Rules.List(ctx, in)
	for i := range rows {
		if err != nil {
			return err
		}
		var f claimrules.Facts
		if f, err = e.Rules.FactsOf(ctx, in, &rows[i]); err == nil {
			err = e.write(file{Kind: kindClaimRule, Tenant: tenant, Name: rows[i].Name, Spec: claimRuleSpec(f)})
		}
	}
	return err
}
