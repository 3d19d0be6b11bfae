package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/store"
)

func (a *API) registrationRoutes() []route {
	return []route{
		{"GET", "/registration-tokens", access.ApplicationsRead, (*call).initialTokens},
		{"POST", "/registration-tokens", access.ApplicationsWrite, (*call).initialTokenCreate},
		{"DELETE", "/registration-tokens/:token", access.ApplicationsWrite, (*call).initialTokenRevoke},
	}
}

// initialTokenView is a token by which applications register themselves.
type initialTokenView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Token     string    `json:"token,omitempty"` // once, when it is made
	MaxUses   int       `json:"max_uses,omitempty"`
	Uses      int       `json:"uses"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func viewInitialToken(t *models.InitialToken) initialTokenView {
	return initialTokenView{
		ID: t.ID, Name: t.Name, MaxUses: t.MaxUses, Uses: t.Uses, CreatedAt: t.CreatedAt.Time, ExpiresAt: t.ExpiresAt.Time,
	}
}

func (c *call) initialTokens() error {
	rows, err := c.Applications.InitialTokens(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	out := list[initialTokenView]{Items: make([]initialTokenView, 0, len(rows))}
	for i := range rows {
		out.Items = append(out.Items, viewInitialToken(&rows[i]))
	}
	return c.answer(out)
}

func (c *call) initialTokenCreate() error {
	var in struct {
		Name      string `json:"name"`
		ExpiresIn int    `json:"expires_in"` // seconds
		MaxUses   int    `json:"max_uses"`
	}
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		row, text, err := c.Applications.CreateInitialToken(c.ctx(), tx, applications.NewInitialToken{
			Name: in.Name, Lifetime: time.Duration(in.ExpiresIn) * time.Second, MaxUses: in.MaxUses,
		})
		if err != nil {
			return nil, err
		}
		view := viewInitialToken(row)
		view.Token = text
		return view, nil
	})
}

func (c *call) initialTokenRevoke() error {
	return c.done(c.Applications.RevokeInitialToken(c.ctx(), c.Store, c.Param("token")))
}
