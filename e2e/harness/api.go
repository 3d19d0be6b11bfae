package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Operator is a client of tenant Acme's management API that may do whatever
// scenarios need; OperatorClient describes it.
const (
	OperatorSecret = "operator-secret-0123456789abcdefghij"
	OperatorClient = `
kind: APIClient
tenant: acme
name: operator
spec:
  client_secret: ` + OperatorSecret + `
  rate_per_minute: 60000
  permissions: ["users:read", "users:write", "applications:read", "applications:write", "sessions:read",
    "attempts:read", "events:read", "tenants:read", "tenants:write"]
`
)

// API calls tenant Acme's management API as the operator. Its zero Header sends
// none but the usual.
type API struct {
	Server *Server
	Header map[string]string
}

// Answer is what the management API answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Try sends a request; the error says that no answer came.
func (a API) Try(method, path, body string) (*Answer, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, a.Server.Base()+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("operator", OperatorSecret)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range a.Header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	return &Answer{resp.StatusCode, resp.Header, text}, err
}

// All fetches every page of a list, each item read into a T.
func All[T any](t testing.TB, a API, path string) []T {
	t.Helper()
	var all []T
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	for after := ""; ; {
		at := path + mark + "limit=200"
		if after != "" {
			at += "&after=" + after
		}
		answer, err := a.Try(http.MethodGet, at, "")
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next"`
		}
		if err := answer.into(&page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

func (a *Answer) into(v any) error {
	if a.Status >= http.StatusBadRequest {
		return fmt.Errorf("%d: %s", a.Status, a.Body)
	}
	return json.Unmarshal(a.Body, v)
}
