package users

import (
	"context"

	"gatehouse/identity/access"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Filter narrows a list of users.
type Filter struct {
	// Query is an id, or the beginning of a username, e-mail address, phone
	// number, display name or family name.
	Query  string
	Status models.UserStatus
	Kind   models.UserKind
	// Verified tells whether the e-mail address is verified; nil: either.
	Verified *bool
}

// Search pages through the tenant's users, the newest first.
func (d *Directory) Search(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[models.User], error) {
	if err := access.Require(ctx, r.ID(), access.UsersRead); err != nil {
		return page.Of[models.User]{}, err
	}
	route := "users:" + f.Query + ":" + string(f.Status) + ":" + string(f.Kind) + ":" + tristate(f.Verified)
	after, err := page.Decode(d.K, r.ID(), route, p.After, d.Now())
	if err != nil {
		return page.Of[models.User]{}, reason.Wrap(reason.InputInvalid, err).On("after", reason.InputInvalid, "")
	}
	before := ""
	if len(after.Keys) == 1 {
		before = after.Keys[0]
	}
	rows, err := search(ctx, r, f, before, p.Size()+1)
	if err != nil {
		return page.Of[models.User]{}, err
	}
	return page.Cut(rows, p.Size(), func(u models.User) string {
		return page.Encode(d.K, r.ID(), route, page.Cursor{Keys: []string{u.ID}}, d.Now())
	}), nil
}

func tristate(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "yes"
	}
	return "no"
}

// CountSince returns how many users were made since a moment, up to a bound
// that is told apart by more.
func (d *Directory) CountSince(ctx context.Context, r store.Reader, since models.Time) (n int, more bool, err error) {
	n, err = countSince(ctx, r, since, countBound+1)
	return min(n, countBound), n > countBound, err
}

const countBound = 10_000
