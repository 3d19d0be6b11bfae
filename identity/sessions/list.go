package sessions

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Filter narrows a list of sessions; empty fields do not.
type Filter struct {
	UserID string
	Kind   models.SessionKind
	Live   bool // only those that still hold
}

// ListOf lists the live sessions of a user, newest first.
func (k *Keeper) ListOf(ctx context.Context, r store.Reader, userID string, p page.Request) (page.Of[models.Session], error) {
	return k.List(ctx, r, Filter{UserID: userID, Live: true}, p)
}

// List lists sessions, newest first. The cursor is the id of the last one
// shown; one that is none is InputInvalid.
func (k *Keeper) List(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[models.Session], error) {
	if p.After != "" && uuid.Validate(p.After) != nil {
		return page.Of[models.Session]{}, reason.New(reason.InputInvalid).On("after", reason.InputFormat, "")
	}
	rows, err := find(ctx, r, f, models.At(k.Now()), p.After, p.Size()+1)
	if err != nil {
		return page.Of[models.Session]{}, err
	}
	cut := page.Cut(rows, p.Size(), func(s models.Session) string { return s.ID })
	if f.Live {
		// The query knows of end and age; idleness is judged in one place.
		cut.Items = slices.DeleteFunc(cut.Items, func(s models.Session) bool { return k.Valid(&s) != nil })
	}
	return cut, nil
}

// Count counts the tenant's sessions that were not ended and are not too old: as
// many as most at the highest.
func (k *Keeper) Count(ctx context.Context, r store.Reader, most int) (int, error) {
	return count(ctx, r, models.At(k.Now()), most)
}
