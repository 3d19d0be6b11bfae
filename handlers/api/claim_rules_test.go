package api_test

import (
	"strings"
	"testing"
)

// Claim rules are made, read, changed by version, tried and deleted.
func TestClaimRules(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		do := func(method, path, body, match string) answer {
			header := map[string]string{}
			if match != "" {
				header["If-Match"] = match
			}
			return h.do(request{tenant: "acme", client: "ops", method: method, path: "/claim-rules" + path, body: body, header: header})
		}
		made := do("POST", "", `{"name":"domain","claim":"domain","expression":"split(user.email, \"@\")[1]","targets":["userinfo","id_token"]}`, "")
		if made.status != 201 || made.text("claim") != "domain" {
			t.Fatalf("%d %s", made.status, made.body)
		}
		one := "/" + made.text("id")
		got := do("GET", one, "", "")
		if got.status != 200 || !strings.Contains(string(got.body), `"targets":["id_token","userinfo"]`) {
			t.Errorf("%d %s", got.status, got.body)
		}
		change := `{"claim":"domain","expression":"application.name","targets":["access_token"],"position":3,"application":"ops"}`
		match := got.header.Get("ETag")
		for _, c := range []struct {
			match  string
			status int
		}{{"", 428}, {match, 200}, {match, 412}} {
			if a := do("PUT", one, change, c.match); a.status != c.status {
				t.Errorf("%q: %d %s", c.match, a.status, a.body)
			}
		}
		for body, field := range map[string]string{
			`{"name":"x","claim":"sub","expression":"1","targets":["userinfo"]}`:        "/claim",
			`{"name":"x","claim":"x","expression":"user.emial","targets":["userinfo"]}`: "1:6",
		} {
			if a := do("POST", "", body, ""); a.status != 422 || !strings.Contains(string(a.body), field) {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		tried := do("POST", "/preview", `{"application":"ops","scopes":["reports"],"draft":{"claim":"x","expression":"scopes","targets":["access_token"]}}`, "")
		if tried.status != 200 || !strings.Contains(string(tried.body), `"x":["reports"]`) || !strings.Contains(string(tried.body), `"rule":"domain"`) {
			t.Errorf("%d %s", tried.status, tried.body)
		}
		if a := do("POST", "/preview", `{"application":"nobody"}`, ""); a.status != 422 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := do("GET", "", "", ""); !strings.Contains(string(a.body), `"position":3`) {
			t.Errorf("%s", a.body)
		}
		for _, status := range []int{204, 404} {
			if a := do("DELETE", one, "", ""); a.status != status {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	})
}
