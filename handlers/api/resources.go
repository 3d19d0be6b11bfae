package api

import (
	"time"

	"gatehouse/identity/access"
	"gatehouse/identity/resources"
	"gatehouse/models"
	"gatehouse/store"
)

func (a *API) resourceRoutes() []route {
	return []route{
		{"GET", "/resource-servers", access.ApplicationsRead, (*call).resources},
		{"POST", "/resource-servers", access.ApplicationsWrite, (*call).resourceCreate},
		{"GET", "/resource-servers/:resource", access.ApplicationsRead, (*call).resource},
		{"PUT", "/resource-servers/:resource", access.ApplicationsWrite, (*call).resourceUpdate},
		{"DELETE", "/resource-servers/:resource", access.ApplicationsWrite, (*call).resourceDelete},
	}
}

// resourceFacts are what is decided about an API.
type resourceFacts struct {
	Identifier         string                 `json:"identifier"`
	DisplayName        string                 `json:"display_name"`
	Scopes             []models.ResourceScope `json:"scopes"`
	Everybody          bool                   `json:"everybody"`
	Applications       []string               `json:"applications"` // client_ids
	Server             string                 `json:"server"`       // client_id
	AccessTokenSeconds int                    `json:"access_token_seconds"`
	AccessTokenFormat  string                 `json:"access_token_format"`
	Disabled           bool                   `json:"disabled"`
	DetailTypes        []models.DetailType    `json:"authorization_details_types"`
}

type resourceView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	resourceFacts
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (c *call) viewResource(row *models.Resource) (resourceView, error) {
	f, err := c.Resources.FactsOf(c.ctx(), c.Store, row)
	v := resourceView{ID: row.ID, Name: row.Name, resourceFacts: resourceFacts(f), CreatedAt: row.CreatedAt.Time, UpdatedAt: row.UpdatedAt.Time}
	if v.Scopes == nil {
		v.Scopes = []models.ResourceScope{}
	}
	if v.Applications == nil {
		v.Applications = []string{}
	}
	if v.DetailTypes == nil {
		v.DetailTypes = []models.DetailType{}
	}
	return v, err
}

func (c *call) resources() error {
	rows, err := c.Resources.List(c.ctx(), c.Store)
	if err != nil {
		return err
	}
	out := list[resourceView]{Items: make([]resourceView, 0, len(rows))}
	for i := range rows {
		v, err := c.viewResource(&rows[i])
		if err != nil {
			return err
		}
		out.Items = append(out.Items, v)
	}
	return c.answer(out)
}

func (c *call) resourceCreate() error {
	var in struct {
		Name string `json:"name"`
		resourceFacts
	}
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	return c.once(c.Body(), func(tx *store.Tx) (any, error) {
		row, err := c.Resources.Create(c.ctx(), tx, in.Name, resources.Facts(in.resourceFacts))
		if err != nil {
			return nil, err
		}
		return c.viewResource(row)
	})
}

func (c *call) resource() error {
	row, err := c.Resources.ByID(c.ctx(), c.Store, c.Param("resource"))
	if err != nil {
		return err
	}
	return c.answerResource(row)
}

func (c *call) answerResource(row *models.Resource) error {
	v, err := c.viewResource(row)
	if err != nil {
		return err
	}
	return c.versioned(row.Version, v)
}

func (c *call) resourceUpdate() error {
	var in resourceFacts
	if err := c.JSON(&in, 0); err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	row, err := c.Resources.Update(c.ctx(), c.Store, c.Param("resource"), version, resources.Facts(in))
	if err != nil {
		return err
	}
	return c.answerResource(row)
}

func (c *call) resourceDelete() error {
	return c.done(c.Resources.Delete(c.ctx(), c.Store, c.Param("resource")))
}
