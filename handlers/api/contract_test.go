package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/store/storetest"
)

var param = regexp.MustCompile(`:(\w+)`)

// What is registered is described, and what is described is registered.
func TestDescriptionAndRoutesAgree(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	var registered []string
	for _, r := range h.app.Fiber().GetRoutes(true) {
		path, ok := strings.CutPrefix(r.Path, "/t/:gh_tenant/api/v1")
		if ok && r.Method != http.MethodHead {
			registered = append(registered, r.Method+" "+param.ReplaceAllString(path, "{$1}"))
		}
	}
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	must(t, err)
	var described []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	for _, r := range registered {
		if !slices.Contains(described, r) {
			t.Errorf("%s is not in openapi.yaml", r)
		}
	}
	for _, d := range described {
		if !slices.Contains(registered, d) {
			t.Errorf("%s is described, and no route", d)
		}
	}
	if len(registered) < len(calls) {
		t.Errorf("%d routes only", len(registered))
	}
}

// together asks the same n times at once.
func (h *house) together(n int, q func(i int) request) []answer {
	h.t.Helper()
	all, failed := make([]answer, n), make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			all[i], failed[i] = h.try(q(i))
		})
	}
	close(start)
	wg.Wait()
	for _, err := range failed {
		must(h.t, err)
	}
	return all
}

// Twenty requests under one key at once make one thing, and each is told of
// it alike.
func TestOneKeyMakesOneThing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		for name, q := range map[string]request{
			"user":        {path: "/users", body: `{"username":"ada"}`},
			"application": {path: "/applications", body: `{"application_type":"service","client_name":"Robot"}`},
		} {
			q.tenant, q.client, q.method = "acme", "ops", http.MethodPost
			q.header = map[string]string{"Idempotency-Key": "one-" + name}
			fresh := 0
			answers := h.together(20, func(int) request { return q })
			for _, a := range answers {
				if a.status != http.StatusCreated || string(a.body) != string(answers[0].body) {
					t.Errorf("%s: %d %s, and not %s", name, a.status, a.body, answers[0].body)
				}
				if a.header.Get("Idempotency-Replayed") == "" {
					fresh++
				}
			}
			if fresh != 1 {
				t.Errorf("%s: %d were made anew", name, fresh)
			}
		}
		h.recorded("user.created", "ops")
	})
}

// Another request under the key, at the same time, gets a conflict and makes
// nothing.
func TestOneKeyForTwoThings(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.client(h.acme, "ops", everything)
		made := 0
		for _, a := range h.together(20, func(i int) request {
			return request{
				tenant: "acme", client: "ops", method: http.MethodPost, path: "/users",
				body: fmt.Sprintf(`{"username":"user%d"}`, i), header: map[string]string{"Idempotency-Key": "k"},
			}
		}) {
			switch a.status {
			case http.StatusCreated:
				made++
			case http.StatusConflict:
			default:
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		found, err := h.users.Search(h.operator(), h.acme, users.Filter{}, page.Request{})
		must(t, err)
		if made != 1 || len(found.Items) != 1 {
			t.Errorf("%d were told of one, and there are %d", made, len(found.Items))
		}
	})
}
