package hosted_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/identity/tenants"
	"gatehouse/journeys"
	"gatehouse/models"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// stays has the tenant choose whether browsers keep sessions.
func (h *house) stays(choice string) {
	h.t.Helper()
	h.settle(func(s *models.TenantSettings) { s.StaySignedIn = choice })
}

// settle changes what the tenant chose.
func (h *house) settle(change func(*models.TenantSettings)) {
	h.t.Helper()
	row, err := tenants.Fresh(h.operator(), h.tenant)
	if err != nil {
		h.t.Fatal(err)
	}
	settings := row.Settings.V
	change(&settings)
	_, err = h.tenants.Update(h.operator(), h.tenant, tenants.Change{
		Version: row.Version, DisplayName: row.DisplayName, DefaultLocale: row.DefaultLocale, Settings: settings,
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// kept reports whether the browser was told to keep its session when it is
// closed. Both cookies of a session go the same way.
func kept(t *testing.T, v view) bool {
	t.Helper()
	told := map[string]bool{}
	for _, line := range v.header["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gatehouse_session_", "gatehouse_state_"} {
			if strings.Contains(c.Name, name) && c.Value != "" {
				told[name] = !c.Expires.IsZero()
			}
		}
	}
	if len(told) != 2 || told["gatehouse_session_"] != told["gatehouse_state_"] {
		t.Fatalf("cookies %v", v.header["Set-Cookie"])
	}
	return told["gatehouse_session_"]
}

// R64, R65: a browser keeps its session when it is closed if the tenant has it
// so, or leaves it to the user and he ticked the box; a refused password does
// not undo the tick.
func TestStaySignedIn_R64(t *testing.T) {
	const box = `input[type="checkbox"][name="stay_signed_in"]`
	for _, journey := range []string{journeys.IdentifierPassword, journeys.IdentifierFirst} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			h := build(t, db, journey)
			h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			proof := func() view {
				h.client.Jar = h.browser().Jar
				at := h.get("/sign-in").header.Get("Location")
				page := h.get(strings.TrimPrefix(at, h.url))
				if journey == journeys.IdentifierFirst {
					if page.Find(box).Length() != 0 {
						t.Error("asked before anything is proved")
					}
					page = h.get(strings.TrimPrefix(h.submit(page, `form[method="post"]`, url.Values{"username": {"ada"}}).header.Get("Location"), h.url))
				}
				return page
			}
			send := func(page view, password string, ticked bool) view {
				fields := form("ada", password)
				if ticked {
					fields.Set("stay_signed_in", "true")
				}
				return h.submit(page, `form[method="post"]`, fields)
			}
			for _, c := range []struct {
				choice              string
				boxes               int
				ticked, after, want bool
			}{
				{choice: "", want: true},
				{choice: models.StayAlways, want: true},
				{choice: models.StayNever},
				{choice: models.StayAsk, boxes: 1},
				{choice: models.StayAsk, boxes: 1, ticked: true, want: true},
				{choice: models.StayAsk, boxes: 1, ticked: true, after: true, want: true},
			} {
				h.stays(c.choice)
				page := proof()
				if n := page.Find(box).Length(); n != c.boxes {
					t.Fatalf("%q: %d boxes", c.choice, n)
				}
				if c.after {
					wrong := send(page, "not her password at all", true)
					if page = h.get(strings.TrimPrefix(wrong.header.Get("Location"), h.url)); page.Find(box+"[checked]").Length() != 1 {
						t.Error("the tick was lost")
					}
				}
				if got := kept(t, send(page, correct, c.ticked)); got != c.want {
					t.Errorf("%+v: kept %v", c, got)
				}
			}
			h.stays(models.StayNever)
			if got := send(proof(), correct, true); got.status != 400 {
				t.Errorf("ticked what nobody asked for: %d (R75)", got.status)
			}
		})
	}
}
