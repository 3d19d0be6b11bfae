package console_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"gatehouse/audit"
	"gatehouse/identity/access"
)

// A claim rule from its making to its end, without script: a preview shows what
// it would say before it is saved, and stores nothing (L69).
func TestClaimRules_L69(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tenant, _, _ := h.acme()
		p := h.signed(access.Owner, "")
		const form = "form#claim-rule"
		fresh := p.get("/console/t/acme/claims/new")
		if fresh.Find("#f-preview_application").AttrOr("value", "") != "portal" {
			t.Error("previews nobody's token")
		}
		typed := url.Values{"name": {"domain"}, "claim": {"domain"}, "expression": {`split(user.email, "@")[1]`}, "preview_user": {"ada"}}
		preview := func(from *seen, values url.Values) *seen {
			asked := maps.Clone(values)
			asked.Set("do", from.Find(form+" button[name=do]").AttrOr("value", ""))
			return p.submit(from, form, asked)
		}
		page := preview(fresh, typed)
		shown := page.Find("#shown")
		if page.status != 200 || strings.Count(shown.Text(), `"domain": "example.com"`) != 2 || shown.Find("#told-access_token").Length() != 1 {
			t.Fatalf("%d %s", page.status, shown.Text())
		}
		if page.Find("#f-expression").Text() != typed.Get("expression") || p.get("/console/t/acme/claims").Find("a.list-line").Length() != 0 {
			t.Error("the preview lost the form, or stored it")
		}
		for expression, why := range map[string]string{"user.emial": "1:6", "int(user.username)": "1:1", `""`: "left out", "": "fill this in"} {
			typed.Set("expression", expression)
			if text := preview(fresh, typed).Find("#shown").Text(); !strings.Contains(text, why) {
				t.Errorf("%s: %s", expression, text)
			}
		}
		typed.Set("expression", "user.emial")
		if page = p.submit(fresh, form, typed); page.status != 422 || !strings.Contains(page.Find("#f-expression-error").Text(), "1:6") {
			t.Errorf("%d %s", page.status, page.Find("main").Text())
		}
		typed.Set("expression", "user.username")
		page = p.submit(fresh, form, typed)
		if page.Find(".flash").Length() != 1 || !strings.HasPrefix(page.at, "/console/t/acme/claims/") {
			t.Fatalf("%s %s", page.at, page.Find("main").Text())
		}
		at := page.at
		page = p.submit(page, form, url.Values{"claim": {"sub"}})
		if page.status != 422 || page.Find("#f-claim-error").Length() != 1 {
			t.Errorf("%d %s", page.status, page.Find("main").Text())
		}
		page = p.submit(p.get(at), form, url.Values{"expression": {"upper(user.username)"}, "position": {"7"}})
		if page.Find(".flash").Length() != 1 || page.Find("#f-position").AttrOr("value", "") != "7" {
			t.Error(page.Find("main").Text())
		}
		if text := preview(page, url.Values{"preview_user": {"ada@example.com"}}).Find("#shown").Text(); !strings.Contains(text, `"ADA"`) {
			t.Error(text)
		}
		if list := p.get("/console/t/acme/claims"); !strings.Contains(list.Find("a.list-line").Text(), "upper(user.username)") {
			t.Error(list.Find("main").Text())
		}
		page = p.submit(p.get(at), "form[action$='/delete']", nil)
		if page.at != "/console/t/acme/claims" || page.Find("a.list-line").Length() != 0 {
			t.Error(page.Find("main").Text())
		}
		h.recorded(tenant, audit.ClaimRuleCreated, audit.ClaimRuleUpdated, audit.ClaimRuleDeleted)
	})
}
