package manifest

import (
	"context"
	"maps"
	"slices"

	"gatehouse/identity/applications"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/store"
)

// prune removes what the files do not name, where they name something of its
// kind.
func (r *run) prune(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(r.tenant)) {
		if name == models.SystemTenant {
			continue
		}
		tx := r.tx.For(r.tenant[name].TenantID)
		if err := r.pruneResources(ctx, tx, name); err != nil {
			return err
		}
		if err := r.pruneClaimRules(ctx, tx, name); err != nil {
			return err
		}
		if err := r.pruneApplications(ctx, tx, name); err != nil {
			return err
		}
		if err := r.pruneUsers(ctx, tx, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) pruneApplications(ctx context.Context, tx *store.Tx, tenant string) error {
	kept := r.kept[place{tx.ID(), kindApplication}]
	if kept == nil {
		return nil
	}
	return each(func(p page.Request) (page.Of[models.Application], error) {
		return r.Applications.List(ctx, tx, applications.Filter{}, p)
	}, func(a models.Application) error {
		if kept[a.ID] {
			return nil
		}
		r.deleted("Application " + tenant + "/" + a.Name)
		return r.Applications.Delete(ctx, tx, a.ID)
	})
}

func (r *run) pruneResources(ctx context.Context, tx *store.Tx, tenant string) error {
	kept := r.kept[place{tx.ID(), kindResource}]
	if kept == nil {
		return nil
	}
	rows, err := r.Resources.List(ctx, tx)
	for i := range rows {
		if err == nil && !kept[rows[i].ID] {
			r.deleted(kindResource + " " + tenant + "/" + rows[i].Name)
			err = r.Resources.Delete(ctx, tx, rows[i].ID)
		}
	}
	return err
}

func (r *run) pruneUsers(ctx context.Context, tx *store.Tx, tenant string) error {
	kept := r.kept[place{tx.ID(), kindUser}]
	if kept == nil {
		return nil
	}
	return each(func(p page.Request) (page.Of[models.User], error) {
		return r.Users.Search(ctx, tx, users.Filter{}, p)
	}, func(u models.User) error {
		if kept[u.ID] {
			return nil
		}
		r.deleted("User " + tenant + "/" + u.Username)
		return r.Users.Delete(ctx, tx, u.ID, "configuration")
	})
}

func (r *run) deleted(title string) {
	r.plan.Changes = append(r.plan.Changes, Change{Verb: "delete", Title: title})
}

// each walks all pages of a list.
func each[T any](list func(page.Request) (page.Of[T], error), do func(T) error) error {
	var all []T
	for p := (page.Request{Limit: 200}); ; {
		got, err := list(p)
		if err != nil {
			return err
		}
		all = append(all, got.Items...)
		if p.After = got.Next; p.After == "" {
			break
		}
	}
	for _, item := range all {
		if err := do(item); err != nil {
			return err
		}
	}
	return nil
}
