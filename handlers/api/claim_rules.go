package api

import (
	"context"
	"encoding/json"
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/claimrules"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/oidc/grants"
	"gatehouse/store"
)

// Previews shows what tokens would say; *grants.Issuer does.
type Previews interface {
	Preview(ctx context.Context, t oidc.Tenant, s grants.Sample) (grants.Preview, error)
}

func (a *API) claimRuleRoutes() []route {
	return []route{
		{"GET", "/claim-rules", access.ApplicationsRead, (*call).claimRules},
		{"POST", "/claim-rules", access.ApplicationsWrite, (*call).claimRuleCreate},
		{"POST", "/claim-rules/preview", access.ApplicationsWrite, (*call).claimPreview},
		{"GET", "/claim-rules/:rule", access.ApplicationsRead, (*call).claimRule},
		{"PUT", "/claim-rules/:rule", access.ApplicationsWrite, (*call).claimRuleUpdate},
		{"DELETE", "/claim-rules/:rule", access.ApplicationsWrite, (*call).claimRuleDelete},
	}
}

// claimFacts are what is decided about a rule.
type claimFacts struct {
	Claim       string   `json:"claim"`
	Expression  string   `json:"expression"`
	Application string   `json:"application"` // client_id
	Targets     []string `json:"targets"`
	Scope       string   `json:"scope"`
	Position    int      `json:"position"`
	Disabled    bool     `json:"disabled"`
}

type claimRuleView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	claimFacts
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (c *call) viewClaimRule(r store.Reader, row *models.ClaimRule) (claimRuleView, error) {
	f, err := c.Rules.FactsOf(c.ctx(), r, row)
	return claimRuleView{
		ID: row.ID, Name: row.Name, claimFacts: claimFacts(f), CreatedAt: row.CreatedAt.Time, UpdatedAt: row.UpdatedAt.Time,
	}, err
}

func (c *call) claimRules() error {
	rows, err := c.Rules.List(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	out := list[claimRuleView]{Items: make([]claimRuleView, 0, len(rows))}
	for i := range rows {
		v, err := c.viewClaimRule(c.Store, &rows[i])
		if err != nil {
			return err
		}
		out.Items = append(out.Items, v)
	}
	return c.answer(out)
}

func (c *call) claimRuleCreate() error {
	var in struct {
		Name string `json:"name"`
		claimFacts
	}
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		row, err := c.Rules.Create(c.ctx(), tx, in.Name, claimrules.Facts(in.claimFacts))
		if err != nil {
			return nil, err
		}
		return c.viewClaimRule(tx, row)
	})
}

func (c *call) claimRule() error {
	row, err := c.Rules.ByID(c.ctx(), c.Store, c.Param("rule"))
	if err != nil {
		return err
	}
	return c.answerClaimRule(row)
}

func (c *call) answerClaimRule(row *models.ClaimRule) error {
	v, err := c.viewClaimRule(c.Store, row)
	if err != nil {
		return err
	}
	return c.versioned(row.Version, v)
}

func (c *call) claimRuleUpdate() error {
	var in claimFacts
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	row, err := c.Rules.Update(c.ctx(), c.Store, c.Param("rule"), version, claimrules.Facts(in))
	if err != nil {
		return err
	}
	return c.answerClaimRule(row)
}

func (c *call) claimRuleDelete() error {
	return c.done(c.Rules.Delete(c.ctx(), c.Store, c.Param("rule")))
}

// claimPreviewInput is whom a preview is about.
type claimPreviewInput struct {
	Application string      `json:"application"` // client_id
	User        string      `json:"user"`        // id, user name or address; empty: the application's own token
	Scopes      []string    `json:"scopes"`
	Claims      []string    `json:"claims"`
	ID          string      `json:"rule"`  // that the draft stands for; empty: a new one
	Draft       *claimFacts `json:"draft"` // nil: the stored rules alone
}

type claimOutcome struct {
	Rule   string `json:"rule"`
	Claim  string `json:"claim"`
	Target string `json:"target"`
	Value  any    `json:"value,omitempty"`
	Error  string `json:"error,omitempty"`
	Lacks  string `json:"lacks_scope,omitempty"`
}

type claimPreview struct {
	IDToken     json.RawMessage `json:"id_token,omitempty"`
	AccessToken json.RawMessage `json:"access_token,omitempty"`
	UserInfo    json.RawMessage `json:"userinfo,omitempty"`
	Rules       []claimOutcome  `json:"rules"`
}

func (c *call) claimPreview() error {
	var in claimPreviewInput
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	s := grants.Sample{ClientID: in.Application, User: in.User, Scopes: in.Scopes, Claims: in.Claims, DraftOf: in.ID}
	if in.Draft != nil {
		draft := claimrules.Facts(*in.Draft)
		s.Draft = &draft
	}
	shown, err := c.Previews.Preview(c.ctx(), tenant(c.Request), s)
	if err != nil {
		return err
	}
	out := claimPreview{IDToken: shown.IDToken, AccessToken: shown.AccessToken, UserInfo: shown.UserInfo, Rules: []claimOutcome{}}
	for _, o := range shown.Outcomes {
		one := claimOutcome{Rule: o.Rule.Name, Claim: o.Rule.Claim, Target: o.Target, Value: o.Value, Lacks: o.Without}
		if o.Fault != nil {
			one.Error = o.Fault.Error()
		}
		out.Rules = append(out.Rules, one)
	}
	return c.answer(out)
}
