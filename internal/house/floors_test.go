package house_test

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// place is where a room stands: its floor, and its stair within the floor.
type place struct {
	room         string
	floor, stair int
}

func (p place) below(q place) bool {
	return p.floor < q.floor || p.floor == q.floor && p.stair > q.stair
}

// plan is the floor table: rooms by name; a name that ends in /* stands for
// each folder below it.
type plan map[string]place

func readPlan(t *testing.T) plan {
	t.Helper()
	p := plan{}
	for _, row := range table(t, "floor", "rooms") {
		floor, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatalf("%q is no floor", row[0])
		}
		for stair, rooms := range strings.Split(row[1], ">") {
			for _, room := range quoted(rooms) {
				p[room] = place{room, floor, stair}
			}
		}
	}
	return p
}

// of finds the room of a package: the longest name of the table above it.
func (p plan) of(pkg string) (place, bool) {
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if at, ok := p[dir]; ok {
			return at, true
		}
		if at, ok := p[path.Dir(dir)+"/*"]; ok {
			at.room = dir
			return at, true
		}
	}
	return place{}, false
}

// Folders that stand beside the house.
var beside = []string{"e2e", "bench", "sdk", "examples", "scripts"}

func isBeside(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return slices.Contains(beside, first)
}

func ours(s *source) []string {
	var all []string
	for _, im := range s.file.Imports {
		if name, ok := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), module); ok {
			all = append(all, name)
		}
	}
	return all
}

// Rule 1: imports go down the stairs.
func TestFloors(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	p := readPlan(t)
	for _, s := range all {
		if s.test || isBeside(s.room()) {
			continue
		}
		from, ok := p.of(s.room())
		if !ok {
			t.Errorf("%s stands in no room of docs/architecture.md", s.path)
			continue
		}
		for _, name := range ours(s) {
			to, ok := p.of(name)
			if !ok {
				t.Errorf("%s imports %s, which stands in no room", s.path, name)
			} else if to.room != from.room && !to.below(from) {
				t.Errorf("%s (%s, floor %d) imports %s (floor %d): imports go down", s.path, from.room, from.floor, name, to.floor)
			}
		}
	}
}

// Rooms with a narrow door import only what is named, tests included.
func TestNarrowDoors(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table(t, "room", "imports only") {
		room, allowed := quoted(row[0])[0], append(quoted(row[1]), quoted(row[0])...)
		for _, s := range all {
			if s.room() != room && !strings.HasPrefix(s.room(), room+"/") {
				continue
			}
			for _, name := range ours(s) {
				if !slices.ContainsFunc(allowed, func(a string) bool { return name == a || strings.HasPrefix(name, a+"/") }) {
					t.Errorf("%s imports %s: %s imports only %s", s.path, name, room, row[1])
				}
			}
		}
	}
}

// The reader of the plan itself.
func TestPlan(t *testing.T) {
	p := readPlan(t)
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"cmd/gatehouse", "handlers/console", true},
		{"handlers/console", "handlers/web", true},
		{"handlers/console", "handlers/hosted", false},
		{"handlers/web", "handlers/console", false},
		{"handlers/protocol", "oidc/grants", true},
		{"oidc/grants", "oidc", true},
		{"oidc", "views/hosted", false},
		{"identity/users", "identity/tokens", true},
		{"identity/tokens", "identity/users", false},
		{"identity/users", "watch/insights", false},
		{"watch/insights", "watch/alerts", false},
		{"audit/attempts", "audit", true},
		{"store/storetest", "audit", false},
		{"models", "reason", false},
		{"internal/config", "internal/seal", true},
	} {
		from, ok1 := p.of(c.from)
		to, ok2 := p.of(c.to)
		if !ok1 || !ok2 {
			t.Errorf("%s or %s has no room", c.from, c.to)
			continue
		}
		if got := to.room == from.room || to.below(from); got != c.ok {
			t.Errorf("%s imports %s: %v, want %v", c.from, c.to, got, c.ok)
		}
	}
}
