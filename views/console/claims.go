package console

import (
	"context"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// ClaimRules is the list of a tenant's claim rules.
type ClaimRules struct{ Rows []ClaimRuleRow }

// ClaimRuleRow is one of them.
type ClaimRuleRow struct {
	Row         models.ClaimRule
	Application string // name of the one that it speaks to; empty: all
}

// ClaimRule is one rule, or one that is to be, with a preview of what it does.
type ClaimRule struct {
	Row   models.ClaimRule // without an id: a new one
	Form  ui.Form
	Shown *ClaimPreview // nil: nobody has asked for one
}

// ClaimPreview is what an application would be told.
type ClaimPreview struct {
	Fault    string // why there is none; empty: there is one
	Told     []ClaimsTold
	Outcomes []ClaimOutcome
}

// ClaimsTold are the claims of one target, as JSON.
type ClaimsTold struct{ Target, JSON string }

// ClaimOutcome is what became of a rule at one target.
type ClaimOutcome struct {
	Rule   string // empty: the draft of a new one
	Claim  string
	Target string
	Value  string // JSON; empty: it gave nothing
	Fault  string // where and why it failed
	Lacks  string // the scope that the token does not hold
	Draft  bool   // it is the one in the form
}

func (v ClaimRule) action(s Shell) string {
	if v.Row.ID == "" {
		return At(s.Tenant, "claims", "new")
	}
	return At(s.Tenant, "claims", v.Row.ID)
}

// targets are the boxes for where a rule writes to.
func (v ClaimRule) targets(ctx context.Context) []ui.Option {
	var all []ui.Option
	for _, t := range models.ClaimTargets() {
		all = append(all, ui.Option{Value: t, Label: targetWord(ctx, t), Chosen: v.Form.Ticked("targets." + t)})
	}
	return all
}

func targetWord(ctx context.Context, target string) string {
	return ui.T(ctx, "console.claim.target."+target)
}
