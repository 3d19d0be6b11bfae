package api_test

import (
	"strings"
	"testing"
)

// APIs that applications ask tokens for, from registering to deleting.
func TestResourceServers_R32(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		body := `{"name":"orders","identifier":"https://api.example/orders","scopes":[{"name":"orders:read","description":"see your orders"}],"applications":["ops"],"server":"ops","authorization_details_types":[{"type":"payment","words":{"en":"Pay"},"actions":["initiate"],"fields":[{"name":"amount","kind":"number","required":true}]}]}`
		made := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/resource-servers", body: body})
		if made.status != 201 || made.text("name") != "orders" {
			t.Fatalf("%d %s", made.status, made.body)
		}
		one := "/resource-servers/" + made.text("id")
		got := h.do(request{tenant: "acme", client: "ops", method: "GET", path: one})
		if got.status != 200 || !strings.Contains(string(got.body), `"server":"ops"`) || !strings.Contains(string(got.body), `"fields":[{"name":"amount","kind":"number","required":true}]`) {
			t.Errorf("%d %s", got.status, got.body)
		}
		change := `{"identifier":"https://api.example/orders","everybody":true}`
		match := map[string]string{"If-Match": got.header.Get("ETag")}
		for status, header := range map[int]map[string]string{428: nil, 200: match} {
			if a := h.do(request{tenant: "acme", client: "ops", method: "PUT", path: one, body: change, header: header}); a.status != status {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "PUT", path: one, body: change, header: match}); a.status != 412 {
			t.Errorf("an old version: %d %s", a.status, a.body)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/resource-servers", body: `{"name":"x","identifier":"relative"}`}); a.status != 422 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "POST", path: "/resource-servers", body: `{"name":"x","identifier":"urn:x","authorization_details_types":[{"type":""}]}`}); a.status != 422 || !strings.Contains(string(a.body), "authorization_details_types") {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := h.do(request{tenant: "acme", client: "ops", method: "GET", path: "/resource-servers"}); !strings.Contains(string(a.body), `"everybody":true`) {
			t.Errorf("%s", a.body)
		}
		for _, status := range []int{204, 404} {
			if a := h.do(request{tenant: "acme", client: "ops", method: "DELETE", path: one}); a.status != status {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
	})
}
