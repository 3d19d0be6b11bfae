package nodes

import (
	"context"
	"strings"

	"gatehouse/identity/sessions"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// accounts offers the accounts that the browser is signed in to already. It
// shows what the browser's own sessions open, and so nothing of anybody else
// (R76). What the chosen one is good for, whoever needed it judges.
type accounts struct{ Options }

// account is a session of the browser with its user, who may sign in.
type account struct {
	sessions.Held
	user *models.User
}

// Outcomes implements journeys.Node.
func (accounts) Outcomes() []string { return []string{another, refused} }

// Ask implements journeys.Node.
func (n accounts) Ask(ctx context.Context, tenant store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	all, err := n.accounts(ctx, tenant, x)
	if err != nil {
		return prompt.Prompt{}, err
	}
	other := prompt.Action{Ref: anotherAction, Event: prompt.Trigger, Label: "hosted.action.another"}
	button := prompt.Component{Kind: prompt.Button, Ref: anotherAction}
	if len(all) == 0 { // they have ended meanwhile
		other.Primary = true
		return prompt.Prompt{Step: "accounts", Components: []prompt.Component{button}, Actions: []prompt.Action{other}}, nil
	}
	list := prompt.Input{
		Ref: accountInput, Name: accountInput, Type: prompt.SelectInput, Required: true,
		Label: "hosted.field.account", Options: options(all, x.Need.Preferred),
	}
	return prompt.Prompt{
		Step: "accounts", Inputs: []prompt.Input{list},
		Components: []prompt.Component{{Kind: prompt.Field, Ref: accountInput}, button},
		Actions:    []prompt.Action{{Ref: chooseAction, Event: prompt.Submit, Primary: true, Label: "hosted.action.continue"}, other},
	}, nil
}

func options(all []account, preferred string) []prompt.Option {
	var list []prompt.Option
	for _, a := range all {
		one := prompt.Option{
			Value: a.ID, Name: a.user.DisplayName(), Email: a.user.Email, Current: a.Current, LastUsed: a.LastSeenAt.Time,
		}
		if one.Email == "" && one.Name != a.user.Username {
			one.Email = a.user.Username
		}
		if a.ID == preferred {
			list = append([]prompt.Option{one}, list...)
		} else {
			list = append(list, one)
		}
	}
	return list
}

// Take implements journeys.Node.
func (n accounts) Take(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	all, err := n.accounts(ctx, tenant, x)
	if err != nil {
		return journeys.Verdict{}, err
	}
	if s.Action == anotherAction || len(all) == 0 {
		for _, a := range all {
			if a.named(x.Identifier) {
				x.Identifier = "" // he is no other
			}
		}
		return journeys.Verdict{Outcome: another}, nil
	}
	for _, a := range all {
		if a.ID == s.Inputs[accountInput] {
			return n.chosen(ctx, tenant, x, a, all)
		}
	}
	return journeys.Verdict{Outcome: refused, Refusal: reason.New(reason.SessionEnded)}, nil
}

// chosen makes the session answer from now on. It is the same one as before:
// applications know it by its sid.
func (n accounts) chosen(ctx context.Context, tenant store.Tenant, x *journeys.Execution, a account, all []account) (journeys.Verdict, error) {
	x.Proof = &journeys.Proof{User: a.user, AMR: a.AMR.V, ACR: a.ACR, At: a.AuthTime.Time}
	ctx = as(ctx, x)
	err := tenant.Write(ctx, func(tx *store.Tx) error { return n.Sessions.Choose(ctx, tx, &a.Session, a.user.Username) })
	if err != nil {
		return journeys.Verdict{}, err
	}
	held := make([]sessions.Held, len(all))
	for i := range all {
		held[i] = all[i].Held
	}
	out := outcome(x)
	out.SessionID, out.Sessions = a.ID, sessions.Hold(held, a.ID)
	return journeys.Verdict{Complete: out}, nil
}

// named reports whether this is what somebody calls the account's user.
func (a account) named(identifier string) bool {
	return strings.EqualFold(identifier, a.user.Username) || a.user.Email != "" && strings.EqualFold(identifier, a.user.Email)
}

// accounts are those of the browser whose users may sign in.
func (o Options) accounts(ctx context.Context, tenant store.Tenant, x *journeys.Execution) ([]account, error) {
	if x.Kind() != models.SessionUser {
		return nil, nil
	}
	held, err := o.Sessions.Held(ctx, tenant, x.Browser.Sessions, models.SessionUser)
	if err != nil {
		return nil, err
	}
	var all []account
	for _, h := range held {
		u, err := o.Users.ByID(ctx, tenant, h.UserID)
		switch {
		case err == nil && u.Active():
			all = append(all, account{h, u})
		case err != nil && !reason.Has(err, reason.UserUnknown):
			return nil, err
		}
	}
	return all, nil
}

// ways adds the ways on for whoever does not sign in by name.
func (o Options) ways(ctx context.Context, tenant store.Tenant, x *journeys.Execution, p prompt.Prompt) (prompt.Prompt, error) {
	p, err := o.offer(ctx, tenant, x, p)
	if err != nil {
		return p, err
	}
	return o.offerSignUp(ctx, tenant, x, p)
}

// offer adds the way to the accounts of the browser, where there are some and
// one of them would do: whoever is to prove himself anew has to, all the same.
func (o Options) offer(ctx context.Context, tenant store.Tenant, x *journeys.Execution, p prompt.Prompt) (prompt.Prompt, error) {
	if strings.Contains(x.Need.Prompt, "login") {
		return p, nil
	}
	all, err := o.accounts(ctx, tenant, x)
	if err != nil || len(all) == 0 {
		return p, err
	}
	p.Actions = append(p.Actions, prompt.Action{Ref: accountsAction, Event: prompt.Trigger, Label: "hosted.action.accounts"})
	p.Components = append(p.Components, prompt.Component{Kind: prompt.Button, Ref: accountsAction})
	return p, nil
}
