package api_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/identity/applications"
	"gatehouse/identity/sessions"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/store"
)

// Who was told of which logout, and what still waits; staff has it tried again.
func TestLogouts_R140(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		ada, err := h.users.Create(h.operator(), h.acme, users.New{Profile: users.Profile{Username: "ada"}})
		must(t, err)
		app, _, err := h.apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeSPA, Metadata: applications.Metadata{
			DisplayName: "Portal", RedirectURIs: []string{"https://rp.example/cb"}, Options: models.ClientOptions{BackchannelLogoutURI: "https://rp.example/told"},
		}})
		must(t, err)
		keeper := &sessions.Keeper{Now: func() time.Time { return h.now }}
		var session models.Session
		must(t, h.acme.Write(h.operator(), func(tx *store.Tx) error {
			session, _, err = keeper.Begin(h.operator(), tx, sessions.New{UserID: ada.ID, Kind: models.SessionUser})
			if err != nil {
				return err
			}
			return h.mint.Joined(h.operator(), tx, session.ID, app.ID)
		}))
		if a := h.do(request{tenant: "acme", client: "ops", method: "DELETE", path: "/sessions/" + session.ID}); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		found := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/logouts?user_id=" + ada.ID + "&status=waiting"})
		for _, want := range []string{`"session_id":"` + session.ID + `"`, `"application_id":"` + app.ID + `"`, `"channel":"back"`, `"why":"revoked"`} {
			if found.status != 200 || !strings.Contains(string(found.body), want) {
				t.Errorf("%s is not in %d %s", want, found.status, found.body)
			}
		}
		if none := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/logouts?status=told"}); !strings.Contains(string(none.body), `"items":[]`) {
			t.Errorf("%s", none.body)
		}
		id, _, _ := strings.Cut(strings.SplitN(string(found.body), `"id":"`, 2)[1], `"`)
		for path, status := range map[string]int{"/logouts/" + id + "/retry": 204, "/logouts/nobody/retry": 404} {
			if a := h.do(request{tenant: "acme", client: "ops", method: "POST", path: path}); a.status != status {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	})
}
