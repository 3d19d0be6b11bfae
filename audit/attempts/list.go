package attempts

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Filter narrows a list of attempts; empty fields do not.
type Filter struct {
	UserID        string
	ApplicationID string
	ClientID      string
	Outcome       string
	Reason        string
	Kind          string
	IP            string
	RequestID     string
	From          time.Time // inclusive
	To            time.Time // exclusive
}

// ByID finds an attempt. Another tenant's is not found: RequestNotFound (R5).
func ByID(ctx context.Context, r store.Reader, id string) (models.Attempt, error) {
	return refusing(findBy(ctx, r, "id", id))
}

// ByReference finds the newest attempt that bears the reference, however it
// was typed: 7k4q2m is 7K4-Q2M. None is RequestNotFound.
func ByReference(ctx context.Context, r store.Reader, reference string) (models.Attempt, error) {
	bare := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(reference))
	if len(bare) != 6 {
		return models.Attempt{}, reason.New(reason.RequestNotFound)
	}
	return refusing(findBy(ctx, r, "reference", bare[:3]+"-"+bare[3:]))
}

func refusing(a models.Attempt, err error) (models.Attempt, error) {
	if store.NotFound(err) {
		return a, reason.Wrap(reason.RequestNotFound, err)
	}
	return a, err
}

// List lists attempts, newest first. The cursor is the id of the last one
// shown; one that is none is InputInvalid.
func List(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[models.Attempt], error) {
	if p.After != "" && uuid.Validate(p.After) != nil {
		return page.Of[models.Attempt]{}, reason.New(reason.InputInvalid).On("after", reason.InputFormat, "")
	}
	rows, err := find(ctx, r, f, p.After, p.Size()+1)
	if err != nil {
		return page.Of[models.Attempt]{}, err
	}
	return page.Cut(rows, p.Size(), func(a models.Attempt) string { return a.ID }), nil
}
