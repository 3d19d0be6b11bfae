package console_test

import (
	"net/url"
	"strings"
	"testing"

	"gatehouse/identity/access"
)

// An empty lifetime says what holds all the same: our default for the tenant, the
// tenant's for its applications.
func TestEmptyLifetimesSayWhatHolds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, portal := h.acme()
		p := h.signed(access.Owner, "")
		says := func(at, field, digits, words string) {
			t.Helper()
			page := p.get(at)
			if got := page.Find("#f-"+field).AttrOr("placeholder", ""); got != digits {
				t.Errorf("%s %s: %q", at, field, got)
			}
			if got := page.Find("#f-" + field + "-help").Text(); !strings.Contains(got, words) {
				t.Errorf("%s %s: %q", at, field, got)
			}
		}
		const settings = "/console/t/acme/settings"
		application := "/console/t/acme/applications/" + portal.ID + "/settings"
		says(settings, "session_idle_seconds", "86400", "24 hours")
		says(settings, "refresh_lifetime_seconds", "2592000", "30 days")
		says(application, "access_token_seconds", "900", "15 minutes")
		p.submit(p.get(settings), "main form[action$='/settings']", url.Values{"access_token_seconds": {"90"}})
		says(application, "access_token_seconds", "90", "90 seconds")
	})
}
