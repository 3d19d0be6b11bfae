package console

import (
	"gatehouse/audit/attempts"
	"gatehouse/identity/access"
	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// attempts lists attempts; a reference that was searched for opens its own.
func (c *Console) attempts(v *visit) error {
	l := v.list()
	if l.Query != "" {
		id, err := c.byReference(v, l.Query)
		if err != nil {
			return err
		}
		if id != "" {
			return v.goTo(views.At(v.tenant, "attempts", id))
		}
	}
	a := views.Attempts{
		Outcome: v.query.Get("outcome"), Kind: v.query.Get("kind"), Reason: v.query.Get("reason"), IP: v.query.Get("ip"),
	}
	if l.Query == "" {
		found, err := attempts.List(v.ctx, v.in, attempts.Filter{Outcome: a.Outcome, Kind: a.Kind, Reason: a.Reason, IP: a.IP}, v.asked())
		if err != nil {
			return err
		}
		turn(v, &l, found)
		if a.Rows, err = c.cards(v, found.Items); err != nil {
			return err
		}
	}
	a.List = l
	return v.show(views.AttemptsPage(c.shell(v, v.t("console.nav.attempts"), "attempts"), a))
}

func (c *Console) attempt(v *visit) error {
	row, err := attempts.ByID(v.ctx, v.in, v.param("attempt"))
	if err != nil {
		return err
	}
	card, err := c.card(v, &row)
	if err != nil {
		return err
	}
	s := c.shell(v, v.t("console.attempt.title", "Reference", row.Reference), "attempts")
	return v.show(views.AttemptPage(s, card))
}

func (c *Console) userAttempts(v *visit) error {
	if err := access.Require(v.ctx, v.in.ID(), access.AttemptsRead); err != nil {
		return err
	}
	u, err := c.user(v, "attempts")
	if err != nil {
		return err
	}
	l := v.list()
	found, err := attempts.List(v.ctx, v.in, attempts.Filter{UserID: u.Row.ID}, v.asked())
	if err != nil {
		return err
	}
	turn(v, &l, found)
	cards, err := c.cards(v, found.Items)
	if err != nil {
		return err
	}
	return v.show(views.UserAttempts(c.userShell(v, u), u, cards, l))
}

func (c *Console) cards(v *visit, rows []models.Attempt) ([]views.AttemptCard, error) {
	all := make([]views.AttemptCard, 0, len(rows))
	names := map[string]string{}
	for i := range rows {
		card := views.AttemptCard{Row: rows[i], Fixes: v.fixes(reason.Code(rows[i].Reason), rows[i].UserID, rows[i].ApplicationID)}
		var err error
		if card.UserName, err = c.remember(names, rows[i].UserID, func(id string) (string, error) { return c.userName(v, id) }); err != nil {
			return nil, err
		}
		if card.ApplicationName, err = c.remember(names, rows[i].ApplicationID, func(id string) (string, error) { return c.applicationName(v, id) }); err != nil {
			return nil, err
		}
		all = append(all, card)
	}
	return all, nil
}

func (c *Console) card(v *visit, row *models.Attempt) (views.AttemptCard, error) {
	cards, err := c.cards(v, []models.Attempt{*row})
	if err != nil {
		return views.AttemptCard{}, err
	}
	return cards[0], nil
}

// remember asks once for each name of a page.
func (c *Console) remember(names map[string]string, id string, ask func(string) (string, error)) (string, error) {
	if id == "" {
		return "", nil
	}
	if name, ok := names[id]; ok {
		return name, nil
	}
	name, err := ask(id)
	names[id] = name
	return name, err
}

// userName is the user's name; his id when he is gone.
func (c *Console) userName(v *visit, id string) (string, error) {
	u, err := c.Users.ByID(v.ctx, v.in, id)
	if reason.Has(err, reason.UserUnknown) || reason.Has(err, reason.AccessDenied) {
		return id, nil
	}
	if err != nil {
		return "", err
	}
	return u.DisplayName(), nil
}
