package page_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/page"
	"gatehouse/internal/seal"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func sealer(t *testing.T) page.Sealer {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSize(t *testing.T) {
	for asked, want := range map[int]int{-1: 50, 0: 50, 1: 1, 50: 50, 200: 200, 201: 200, 1 << 30: 200} {
		if got := (page.Request{Limit: asked}).Size(); got != want {
			t.Errorf("Size of %d = %d, want %d", asked, got, want)
		}
	}
}

// R4, L63: a cursor opens for its tenant and list only, and is not readable.
func TestCursorIsBound_R4(t *testing.T) {
	k := sealer(t)
	keys := []string{"Lovelace", "0199"}
	cursor := page.Encode(k, "t1", "users?sort=name", page.Cursor{Keys: keys}, now)
	for _, test := range []struct {
		name, tenant, route, cursor string
		k                           page.Sealer
		at                          time.Time
		want                        error
	}{
		{"as made", "t1", "users?sort=name", cursor, k, now.Add(time.Hour), nil},
		{"other tenant", "t2", "users?sort=name", cursor, k, now, page.ErrCursor},
		{"other list", "t1", "events?sort=name", cursor, k, now, page.ErrCursor},
		{"other order", "t1", "users?sort=id", cursor, k, now, page.ErrCursor},
		{"other key", "t1", "users?sort=name", cursor, sealer(t), now, page.ErrCursor},
		{"too old", "t1", "users?sort=name", cursor, k, now.Add(page.Life), page.ErrCursor},
		{"made up", "t1", "users?sort=name", "eyJrIjpbIjEiXX0", k, now, page.ErrCursor},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := page.Decode(test.k, test.tenant, test.route, test.cursor, test.at)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if err == nil && !slices.Equal(got.Keys, keys) {
				t.Errorf("keys %v", got.Keys)
			}
		})
	}
	first, err := page.Decode(k, "t1", "users", "", now)
	if err != nil || !first.IsZero() {
		t.Errorf("the first page: %v, %v", first, err)
	}
}

func TestCut(t *testing.T) {
	next := func(last int) string { return string(rune('a' + last)) }
	for _, test := range []struct {
		name  string
		rows  []int
		items []int
		next  string
	}{
		{"none", nil, []int{}, ""},
		{"fewer", []int{1}, []int{1}, ""},
		{"just full", []int{1, 2}, []int{1, 2}, ""},
		{"more", []int{1, 2, 3}, []int{1, 2}, "c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := page.Cut(test.rows, 2, next)
			if !slices.Equal(got.Items, test.items) || got.Items == nil || got.Next != test.next {
				t.Errorf("Cut = %+v", got)
			}
		})
	}
	empty, err := json.Marshal(page.Cut[int](nil, 2, next))
	if err != nil || string(empty) != `{"items":[]}` {
		t.Errorf("an empty page is %s, %v", empty, err)
	}
}
