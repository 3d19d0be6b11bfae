package applications

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/outbound"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// How long a metadata document is believed, whatever its server says; how long
// an old one does while no new one can be had; and how many a tenant keeps.
const (
	documentLeast = 5 * time.Minute
	documentLife  = time.Hour
	documentMost  = 24 * time.Hour
	documentGrace = 24 * time.Hour
	documentFirst = time.Hour // a new one is kept in any case: its user is signing in
	maxDocuments  = 1000
	maxDocument   = 16 << 10 // bytes
	maxAddress    = 255
)

// IsDocument reports whether a client_id is the address of a metadata document
// (OAuth Client ID Metadata Document §3): https with a path, and nothing that
// could be written in two ways.
func IsDocument(clientID string) bool {
	if len(clientID) > maxAddress || !strings.HasPrefix(clientID, "https://") || strings.ContainsAny(clientID, "#*\\ ") {
		return false
	}
	u, err := url.Parse(clientID)
	return err == nil && u.Host != "" && u.User == nil && u.Path != "" && !dotted(u) && u.String() == clientID
}

// DocumentHost is the host that a client_id names, where it is the address of a
// metadata document; else "".
func DocumentHost(clientID string) string {
	if !IsDocument(clientID) {
		return ""
	}
	return hostOf(clientID)
}

// Met reports whether the application behind a metadata document is known, and
// how well: due for another look, or stale beyond use.
func (g *Registry) Met(ctx context.Context, r store.Reader, clientID string) (due, stale bool, err error) {
	a, err := g.ByClientID(ctx, r, clientID)
	if reason.Has(err, reason.ApplicationUnknown) {
		return true, true, nil
	}
	if err != nil {
		return false, false, err
	}
	row, err := registrationOf(ctx, r, a.ID)
	if err != nil {
		return false, false, err
	}
	past := g.now().Sub(row.RenewAt.Time)
	return past >= 0, past >= documentGrace, nil
}

// FetchDocument reads a metadata document, and until when it holds. It returns
// reason.OAuthClientDocument.
func (g *Registry) FetchDocument(ctx context.Context, clientID string) ([]byte, time.Time, error) {
	if g.fetch == nil {
		return nil, time.Time{}, reason.New(reason.OAuthClientDocument)
	}
	answer, err := g.fetch.Do(ctx, outbound.Request{URL: clientID})
	if err != nil {
		return nil, time.Time{}, reason.Wrap(reason.OAuthClientDocument, err)
	}
	json := answer.Type == "application/json" || strings.HasPrefix(answer.Type, "application/") && strings.HasSuffix(answer.Type, "+json")
	if answer.Status != http.StatusOK || !json || len(answer.Body) > maxDocument {
		return nil, time.Time{}, reason.New(reason.OAuthClientDocument)
	}
	return answer.Body, g.now().Add(documentAge(answer.Header.Get("Cache-Control"))), nil
}

var maxAge = regexp.MustCompile(`(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])`)

// documentAge is how long a document may be kept, within our bounds (RFC 9111
// §5.2.2.1).
func documentAge(cacheControl string) time.Duration {
	m := maxAge.FindStringSubmatch(cacheControl)
	if m == nil {
		return documentLife
	}
	seconds, err := strconv.Atoi(m[1])
	if err != nil {
		return documentLife
	}
	return min(max(time.Duration(seconds)*time.Second, documentLeast), documentMost)
}

// KeepDocument registers the application that a metadata document describes, or
// changes it to what the document says now. It returns reason.InputInvalid, or
// reason.OAuthClientDocument where the tenant knows too many.
func (g *Registry) KeepDocument(ctx context.Context, w store.Writer, clientID string, n New, renew time.Time) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		a, err := known(find(ctx, tx, map[string]any{"client_id": clientID}))
		if reason.Has(err, reason.ApplicationUnknown) {
			return g.plantDocument(ctx, tx, clientID, n, renew)
		}
		if err != nil {
			return err
		}
		return g.renewDocument(ctx, tx, a, n, renew)
	})
}

func (g *Registry) plantDocument(ctx context.Context, tx *store.Tx, clientID string, n New, renew time.Time) error {
	if err := g.makeRoom(ctx, tx); err != nil {
		return err
	}
	n.Name, n.ClientID, n.FirstParty = "document-"+store.NewID(), "", false
	if n.DisplayName == "" {
		n.DisplayName = hostOf(clientID)
	}
	a, err := g.build(n)
	if err != nil {
		return err
	}
	a.ClientID = clientID
	_, err = g.plant(ctx, tx, a, &models.ClientRegistration{
		ApplicationID: a.ID, Hash: []byte{}, Source: models.SourceDocument, CreatedAt: a.CreatedAt, RenewAt: models.At(renew),
	})
	if store.Taken(err) { // somebody else came with it at the same time
		return reason.New(reason.ServerBusy)
	}
	return err
}

// makeRoom lets a tenant that knows as many documents as it may forget the oldest
// that is of no use: whoever brings addresses of his own could fill the tenant
// otherwise, and keep others out for good (L81). What users allowed something,
// or administrators decided about, stays; and what came a moment ago, so that
// nobody loses a sign-in. It returns reason.OAuthClientDocument.
func (g *Registry) makeRoom(ctx context.Context, tx *store.Tx) error {
	known, err := documents(ctx, tx)
	if err != nil || len(known) < maxDocuments {
		return err
	}
	used, err := consentedTo(ctx, tx)
	if err != nil {
		return err
	}
	for i := range known {
		if slices.Contains(used, known[i].ApplicationID) {
			continue
		}
		if g.now().Sub(known[i].CreatedAt.Time) < documentFirst {
			break // the others are younger
		}
		gone, err := g.forgetUnused(ctx, tx, known[i].ApplicationID)
		if err != nil || gone {
			return err
		}
	}
	return reason.New(reason.OAuthClientDocument)
}

// forgetUnused removes an application that no administrator decided anything
// about, and reports whether it was one.
func (g *Registry) forgetUnused(ctx context.Context, tx *store.Tx, id string) (bool, error) {
	a, err := Fresh(ctx, tx, id)
	if err != nil || a.FirstParty || !a.Active() {
		return false, err
	}
	if err := remove(ctx, tx, id); err != nil {
		return false, err
	}
	return true, g.record(ctx, tx, audit.ApplicationDeleted, a, audit.Event{
		Before: facts(a), Details: map[string]any{"source": models.SourceDocument},
	})
}

func (g *Registry) renewDocument(ctx context.Context, tx *store.Tx, a *models.Application, n New, renew time.Time) error {
	m, err := n.onBehalf(a, hostOf(a.ClientID))
	if err != nil {
		return err
	}
	after := *a
	if m.onto(&after); !reflect.DeepEqual(facts(a), facts(&after)) {
		err := g.change(ctx, tx, audit.ApplicationUpdated, a, map[string]any{"source": models.SourceDocument}, func() { m.onto(a) })
		if err != nil {
			return err
		}
	}
	return renewRegistration(ctx, tx, a.ID, models.At(renew))
}
