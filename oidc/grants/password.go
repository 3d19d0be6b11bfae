package grants

import (
	"context"
	"strings"

	"gatehouse/internal/secret"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Journeys signs people in; *journeys.Engine does.
type Journeys interface {
	Start(ctx context.Context, tenant store.Tenant, need journeys.Need) (string, error)
	Open(ctx context.Context, tenant store.Tenant, executionID string, b journeys.Browser) (*journeys.Execution, prompt.Prompt, error)
	Advance(ctx context.Context, tenant store.Tenant, executionID string, b journeys.Browser, s journeys.Submission) (journeys.Step, error)
}

// password signs a user in with what the application asked him for (RFC 6749
// §4.3), which exists for applications that cannot be changed (R24). It walks
// the same journey as the page, with the same counts, attempts and answers in
// the same time, and it ends where that asks for anything but a name and a
// password.
func (i *Issuer) password(ctx context.Context, r Request) (Answer, error) {
	for _, name := range []string{"username", "password"} {
		if !r.Values.Has(name) {
			return Answer{}, reason.New(reason.OAuthRequestInvalid).On(name, reason.InputRequired, "")
		}
	}
	if err := detailless(r); err != nil {
		return Answer{}, err
	}
	wish, err := i.Wanted(ctx, r.Tenant.Store, r.Tenant, r.Application, r.Values)
	if err != nil {
		return Answer{}, err
	}
	// Whoever may have nothing has nobody's password tried.
	claim := Claim{Application: r.Application, GrantType: models.GrantPassword, Scopes: wish.Scopes, Targets: wish.Targets}
	if _, err := i.MayIssue(ctx, r.Tenant.Store, r.Tenant, claim); err != nil {
		return Answer{}, err
	}
	proved, err := i.signIn(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	var made issued
	err = r.Tenant.Store.Write(ctx, func(tx *store.Tx) error {
		made, err = i.beginFamily(ctx, tx, r, models.GrantPassword, &models.Code{
			ApplicationID: r.Application.ID, UserID: proved.Subject, SessionID: proved.SessionID,
			Scope: strings.Join(wish.Scopes, " "), Resource: wish.Resource,
			AuthTime: models.At(proved.AuthTime), AMR: models.AsJSON(proved.AMR), ACR: proved.ACR,
		})
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return i.sign(ctx, r, made)
}

// signIn walks the tenant's journey with a name and a password.
func (i *Issuer) signIn(ctx context.Context, r Request) (*journeys.Outcome, error) {
	// The execution never leaves this request; the browser is a formality.
	browser := journeys.Browser{ID: secret.Random("", 16).Reveal()}
	id, err := i.Journeys.Start(ctx, r.Tenant.Store, journeys.Need{
		ApplicationID: r.Application.ID, ClientID: r.Application.ClientID, ApplicationName: r.Application.DisplayName, Browser: browser.ID,
	})
	const steps = 2 // a page for each
	for range steps {
		if err != nil {
			return nil, err
		}
		_, asks, failed := i.Journeys.Open(ctx, r.Tenant.Store, id, browser)
		if failed != nil {
			return nil, failed
		}
		inputs, ok := filled(asks, r)
		if !ok {
			return nil, reason.New(reason.OAuthPasswordShort)
		}
		var step journeys.Step
		step, err = i.Journeys.Advance(ctx, r.Tenant.Store, id, browser, journeys.Submission{Inputs: inputs})
		switch {
		case err != nil:
			return nil, err
		case step.Outcome != nil:
			return step.Outcome, nil
		case step.Err != nil:
			return nil, step.Err
		}
		id = step.ExecutionID
	}
	return nil, reason.New(reason.OAuthPasswordShort)
}

// filled answers a prompt from the request; false where it asks for more.
func filled(asks prompt.Prompt, r Request) (map[string]string, bool) {
	inputs := map[string]string{}
	for _, in := range asks.Inputs {
		switch in.Purpose {
		case prompt.ForUsername:
			inputs[in.Name] = r.Values.Get("username")
		case prompt.ForCurrentPassword:
			inputs[in.Name] = r.Values.Get("password")
		default:
			return nil, false
		}
	}
	return inputs, len(inputs) > 0
}
