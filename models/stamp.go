package models

// The types of this file are stamps: columns of a recorded table that change
// without an audit event, because they tell of use and not of a change. This
// is the whole list of exceptions (rule 5 of the house).

// SessionUse stamps when a session was last used.
//
// Owner: identity/sessions.
type SessionUse struct {
	Owned
	ID         string `gorm:"primaryKey"`
	LastSeenAt Time
}

// TableName names the table.
func (SessionUse) TableName() string { return "sessions" }

// APIClientUse stamps when an API client was last used.
//
// Owner: identity/access.
type APIClientUse struct {
	Owned
	ApplicationID string `gorm:"primaryKey"`
	LastUsedAt    Time
}

// TableName names the table.
func (APIClientUse) TableName() string { return "api_clients" }
