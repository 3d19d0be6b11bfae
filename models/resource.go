package models

import "strings"

// Resource is an API that applications ask tokens for: a resource server (RFC
// 6749 §1.1), known by the URI that clients name it by (RFC 8707 §2).
//
// Owner: identity/resources.
type Resource struct {
	Owned
	Recorded   `gorm:"-"`
	ID         string `gorm:"primaryKey"`
	Name       string // unique in the tenant, for files and addresses
	Identifier string // the resource indicator, and aud of its tokens; unique in the tenant
	// DisplayName is what people read.
	DisplayName string
	Scopes      JSON[[]ResourceScope]
	// Everybody lets every application ask for it; else those of Applications
	// may.
	Everybody    bool
	Applications JSON[[]string] // ids
	// DetailTypes are the authorization_details that the API understands (RFC
	// 9396 §2).
	DetailTypes JSON[[]DetailType]
	// ServerID is the application that the API itself is, which may introspect
	// tokens for it; empty: none.
	ServerID           string
	AccessTokenSeconds int    // its tokens live no longer; 0: as the application's
	AccessTokenFormat  string // of its tokens, whoever asks for them: jwt or opaque; empty: as the application's
	Disabled           bool
	Version            int64
	CreatedAt          Time
	UpdatedAt          Time
}

// TableName names the table.
func (Resource) TableName() string { return "resources" }

// ResourceScope is a right at an API, and the words that people are asked with.
type ResourceScope struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description,omitempty" yaml:"description,omitempty"`
}

// ScopeNames are the names of the API's scopes.
func (r *Resource) ScopeNames() []string {
	names := make([]string, len(r.Scopes.V))
	for i, s := range r.Scopes.V {
		names[i] = s.Name
	}
	return names
}

// ScopeText is the scopes as people edit them: one on a line, with its words
// after a colon.
func (r *Resource) ScopeText() string {
	var b strings.Builder
	for _, s := range r.Scopes.V {
		b.WriteString(s.Name)
		if s.Description != "" {
			b.WriteString(": " + s.Description)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
