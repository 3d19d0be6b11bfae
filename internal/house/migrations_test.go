package house_test

import (
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

var migrationName = regexp.MustCompile(`^(\d{5})_[a-z0-9_]+\.sql$`)

func migrations(t *testing.T, dialect string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "store/migrations", dialect, "*"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range files {
		names[path.Base(filepath.ToSlash(f))] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Both databases have the same migrations, numbered without a gap.
func TestMigrationParity(t *testing.T) {
	lite, pg := migrations(t, "sqlite"), migrations(t, "postgres")
	if !slices.Equal(lite, pg) {
		t.Errorf("sqlite has %v, postgres has %v", lite, pg)
	}
	for i, name := range lite {
		m := migrationName.FindStringSubmatch(name)
		if m == nil {
			t.Errorf("%s is not named like 00042_what_it_does.sql", name)
			continue
		}
		if n, err := strconv.Atoi(m[1]); err != nil || n != i+1 {
			t.Errorf("%s should be number %05d", name, i+1)
		}
	}
}
