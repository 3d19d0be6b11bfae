package manifest

import (
	"context"

	"gatehouse/identity/applications"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/models"
	"gatehouse/store"
)

// prune removes what the files do not name from the tenants that they name.
func (r *run) prune(ctx context.Context, s *Set) error {
	named := map[string]bool{}
	for _, d := range s.documents {
		kind := d.kind
		if kind == "APIClient" {
			kind = "Application" // it is one
		}
		named[kind+" "+d.tenant+"/"+d.name] = true
	}
	for name := range r.tenant {
		if name == models.SystemTenant {
			continue
		}
		tx, _, err := r.in(ctx, name)
		if err != nil {
			return err
		}
		if err := r.pruneApplications(ctx, tx, name, named); err != nil {
			return err
		}
		if err := r.pruneUsers(ctx, tx, name, named); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) pruneApplications(ctx context.Context, tx *store.Tx, tenant string, named map[string]bool) error {
	return each(func(p page.Request) (page.Of[models.Application], error) {
		return r.Applications.List(ctx, tx, applications.Filter{}, p)
	}, func(a models.Application) error {
		if named["Application "+tenant+"/"+a.Name] {
			return nil
		}
		r.plan.Changes = append(r.plan.Changes, Change{Verb: "delete", Title: "Application " + tenant + "/" + a.Name})
		return r.Applications.Delete(ctx, tx, a.ID)
	})
}

func (r *run) pruneUsers(ctx context.Context, tx *store.Tx, tenant string, named map[string]bool) error {
	return each(func(p page.Request) (page.Of[models.User], error) {
		return r.Users.Search(ctx, tx, users.Filter{}, p)
	}, func(u models.User) error {
		if named["User "+tenant+"/"+u.Username] {
			return nil
		}
		r.plan.Changes = append(r.plan.Changes, Change{Verb: "delete", Title: "User " + tenant + "/" + u.Username})
		return r.Users.Delete(ctx, tx, u.ID)
	})
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
