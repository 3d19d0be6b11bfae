package hosted

import (
	"strconv"

	"gatehouse/models"
	"gatehouse/themes"
)

// forever holds for what has its version in its address.
const forever = "public, max-age=31536000, immutable"

// shortly holds for what was asked for without it.
const shortly = "public, max-age=60"

// stylesheet serves the tenant's design tokens as custom properties.
func (p *Pages) stylesheet(v *visit) reply {
	cache := shortly
	if v.query.Get("v") == strconv.FormatInt(v.look.Version, 10) {
		cache = forever
	}
	return reply{file: &file{"text/css; charset=utf-8", cache, []byte(themes.Stylesheet(v.look.Tokens.V))}}
}

// stylesheetPath changes with the branding, so that it can be kept for ever.
func stylesheetPath(b *models.Branding) string {
	return "/branding.css?v=" + strconv.FormatInt(b.Version, 10)
}

// image serves a picture of the tenant. Its id is the digest of its bytes, so
// it never changes.
func (p *Pages) image(v *visit) reply {
	i, err := p.Branding.Image(v.ctx, v.Store, v.param("id"))
	if err != nil {
		return v.fail(err, "")
	}
	return reply{file: &file{i.ContentType, forever, i.Bytes}}
}
