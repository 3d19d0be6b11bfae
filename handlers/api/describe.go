package api

import (
	"crypto/sha256"
	_ "embed" // the description
	"encoding/hex"
	"encoding/json"
	"sync"

	"github.com/goccy/go-yaml"

	"gatehouse/handlers/web"
)

//go:embed openapi.yaml
var openapi []byte

// document is the description as JSON, with its ETag.
var document = sync.OnceValues(func() ([]byte, string) {
	var tree map[string]any
	if err := yaml.Unmarshal(openapi, &tree); err != nil {
		panic(err) // it is embedded, and tested
	}
	text, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return text, `"` + hex.EncodeToString(sum[:8]) + `"`
})

// description answers what the API is, to anybody.
func description(r *web.Request) error {
	text, tag := document()
	r.SetHeader("ETag", tag)
	if r.Header("If-None-Match") == tag {
		return r.NoContent(304)
	}
	return r.File("application/json", "public, max-age=300", text)
}
