package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/access"
	"gatehouse/identity/applications"
	"gatehouse/identity/users"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// asked is a back-channel request of an application to Ada.
func (h *house) asked(ada *models.User, app *models.Application) string {
	h.t.Helper()
	id, err := h.mint.NewBackchannel(h.t.Context(), h.acme, models.BackchannelRequest{
		ApplicationID: app.ID, UserID: ada.ID, Scope: "openid", BindingMessage: "W4SCT", Mode: models.DeliverPoll, Issuer: h.url + "/t/acme",
	}, "", time.Minute)
	must(h.t, err)
	return id
}

// R69: nobody answers in the place of somebody who may do more.
func TestOwnersAreNotAnsweredFor_R69(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		system := h.db.Tenant(h.access.System)
		owner, err := h.users.CreateAdministrator(h.operator(), system, users.New{
			Profile: users.Profile{Username: "olivia"},
		}, access.Assignment{Role: access.Owner})
		must(t, err)
		till, _, err := h.apps.Create(h.operator(), system, applications.New{Type: models.TypeService, ClientID: "till", Metadata: applications.Metadata{
			Scope: "openid", GrantTypes: []string{models.GrantCIBA}, FirstParty: true,
		}})
		must(t, err)
		_, err = h.mint.NewBackchannel(t.Context(), system, models.BackchannelRequest{
			ApplicationID: till.ID, UserID: owner.ID, Scope: "openid", Mode: models.DeliverPoll, Issuer: h.url + "/t/system",
		}, "", time.Minute)
		must(t, err)
		h.client(system, "helpdesk", access.Client{Permissions: access.Support.Permissions()})
		waiting, err := h.mint.BackchannelsOf(t.Context(), system, owner.ID)
		must(t, err)
		a := h.do(request{tenant: "system", client: "helpdesk", method: "POST", path: "/backchannel-requests/" + waiting[0].ID + "/approve"})
		if a.status != 403 || a.text("code") != string(reason.AccessGrant) {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// Staff answer in a user's place, with a permission of its own and an event.
// Consent is not theirs to give (R31).
func TestBackchannelRequestsAreAnswered_R31(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		ada, err := h.users.Create(h.operator(), h.acme, users.New{Profile: users.Profile{Username: "ada"}})
		must(t, err)
		register := func(name string, first bool) *models.Application {
			app, _, err := h.apps.Create(h.operator(), h.acme, applications.New{Type: models.TypeService, ClientID: name, Metadata: applications.Metadata{
				DisplayName: name, Scope: "openid", GrantTypes: []string{models.GrantCIBA}, FirstParty: first,
			}})
			must(t, err)
			return app
		}
		till, foreign := register("till", true), register("foreign", false)
		list := func() []map[string]any {
			a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/backchannel-requests?user_id=" + ada.ID})
			var found struct{ Items []map[string]any }
			must(t, json.Unmarshal(a.body, &found))
			return found.Items
		}
		answer := func(deed string) int {
			id, _ := list()[0]["id"].(string)
			return h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/backchannel-requests/" + id + "/" + deed}).status
		}
		allowed := h.asked(ada, till)
		if got := answer("approve"); got != 204 || len(list()) != 0 {
			t.Fatalf("approved: %d", got)
		}
		h.recorded(audit.BackchannelAllowed, "ops")
		must(t, h.acme.Write(t.Context(), func(tx *store.Tx) error {
			_, told, err := h.mint.PollBackchannel(t.Context(), tx, allowed, till.ID)
			if told != nil {
				t.Errorf("told %v", told)
			}
			return err
		}))
		h.asked(ada, till)
		if got := answer("deny"); got != 204 {
			t.Errorf("denied: %d", got)
		}
		h.recorded(audit.BackchannelDenied, "ops")
		h.asked(ada, foreign)
		if got := answer("approve"); got != 403 {
			t.Errorf("without the user's consent: %d", got)
		}
		if got := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/backchannel-requests/x/approve"}).status; got != 404 {
			t.Errorf("none such: %d", got)
		}
	})
}
