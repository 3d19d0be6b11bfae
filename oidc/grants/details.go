package grants

import (
	"context"
	"encoding/json"
	"slices"

	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/oidc/details"
	"gatehouse/reason"
	"gatehouse/store"
)

// Asked are authorization details that an application asks for, and the APIs
// that understand them.
type Asked struct {
	List    details.List
	Targets resources.Targets
}

// Details reads authorization details and holds them against their types
// (RFC 9396 §5). It returns reason.OAuthDetails.
func (i *Issuer) Details(ctx context.Context, r store.Reader, app *models.Application, text string) (Asked, error) {
	list, bad := details.Parse(text)
	if bad != nil {
		return Asked{}, bad
	}
	if len(list) == 0 {
		return Asked{}, nil
	}
	targets, err := i.Resources.Understanding(ctx, r, app, list.Types())
	if err != nil {
		return Asked{}, err
	}
	if bad := list.Judge(targets.DetailTypes(app)); bad != nil {
		return Asked{}, bad
	}
	return Asked{list, targets}, nil
}

// AskAlways reports whether a user has to be asked for the details each time.
func (a Asked) AskAlways() bool { return a.List.AskAlways(a.Targets.DetailTypes(nil)) }

// among are the identifiers of the APIs, behind others.
func (a Asked) among(others []string) []string {
	for _, api := range a.Targets.Identifiers() {
		if !slices.Contains(others, api) {
			others = append(others, api)
		}
	}
	return others
}

// narrowed are the details of an access token: those of the grant, of which the
// request may name fewer (RFC 9396 §6), and of them those for the APIs that the
// token is for (§9.1). MayIssue judges them.
func narrowed(r Request, granted json.RawMessage, t resources.Targets) (details.List, error) {
	held := details.Stored(granted)
	if r.Values.Has("resource") {
		held = held.Of(t.DetailTypes(nil))
	}
	asked, bad := details.Parse(r.Values.Get(details.Parameter))
	switch {
	case bad != nil:
		return nil, bad
	case len(asked) == 0:
		return held, nil
	case !asked.Within(held):
		return nil, reason.New(reason.OAuthDetails)
	}
	return asked, nil
}

// detailless refuses details where a grant knows none.
func detailless(r Request) error {
	if r.Values.Has(details.Parameter) {
		return reason.New(reason.OAuthDetails)
	}
	return nil
}
