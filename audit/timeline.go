package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Filter narrows a timeline; empty fields do not.
type Filter struct {
	UserID        string
	TargetID      string
	ApplicationID string
	ActorID       string
	Action        string // or the beginning of one: "user."
	Outcome       string
	Reason        string
	RequestID     string
	AttemptID     string
	Via           string
	From          time.Time // inclusive
	To            time.Time // exclusive
}

// Entry is an event in a timeline.
type Entry struct {
	models.EventFields
	TenantID string
	Number   int64 // its place in the log; 0: not sealed yet
}

// Timeline lists events of the reader's tenant (in system scope: of all),
// newest first, whether they are sealed yet or not. The cursor is the id of
// the last event shown: it names a place in the reader's own tenant and opens
// nothing elsewhere (R4). A cursor that is none is refused as InputInvalid.
func Timeline(ctx context.Context, r store.Reader, f Filter, p page.Request) (page.Of[Entry], error) {
	if p.After != "" && uuid.Validate(p.After) != nil {
		return page.Of[Entry]{}, reason.New(reason.InputInvalid).On("after", reason.InputFormat, "")
	}
	// Pending first: an event that is sealed between the two reads is seen
	// twice rather than never.
	pending, err := findPending(ctx, r, f, p.After, p.Size()+1)
	if err != nil {
		return page.Of[Entry]{}, err
	}
	sealed, err := findSealed(ctx, r, f, p.After, p.Size()+1)
	if err != nil {
		return page.Of[Entry]{}, err
	}
	return page.Cut(merge(pending, sealed), p.Size(), func(e Entry) string { return e.ID }), nil
}

// Slack is how far the clock that makes ids may be from the one that dates what
// they name.
const Slack = 24 * time.Hour

// Sessions counts the distinct sessions that events of an action name, from a
// time (inclusive) to another (exclusive). One whose events are being sealed
// right now may count twice.
func Sessions(ctx context.Context, r store.Reader, action string, from, to time.Time) (int64, error) {
	f := Filter{Action: action, From: from, To: to}
	pending, err := countSessions(ctx, r, &models.PendingEvent{}, f)
	if err != nil {
		return 0, err
	}
	sealed, err := countSessions(ctx, r, &models.Event{}, f)
	return pending + sealed, err
}

func merge(pending []models.PendingEvent, sealed []models.Event) []Entry {
	all := make([]Entry, 0, len(pending)+len(sealed))
	for i := range sealed {
		all = append(all, Entry{sealed[i].EventFields, sealed[i].TenantID, sealed[i].Number})
	}
	for i := range pending {
		all = append(all, Entry{pending[i].EventFields, pending[i].TenantID, 0})
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return strings.Compare(b.ID, a.ID) })
	return slices.CompactFunc(all, func(a, b Entry) bool { return a.ID == b.ID })
}
