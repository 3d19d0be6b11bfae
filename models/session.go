package models

// SessionKind says what a session is for.
type SessionKind string

// The kinds of session.
const (
	SessionUser    SessionKind = "user"    // single sign-on of a tenant's user
	SessionConsole SessionKind = "console" // an administrator in the console
)

// Session is a browser in which a user has signed in. The browser holds a
// random secret; the row holds its SHA-256.
//
// Owner: identity/sessions.
type Session struct {
	Owned
	Recorded    `gorm:"-"`
	ID          string `gorm:"primaryKey"` // the sid claim
	UserID      string
	Kind        SessionKind
	SecretHash  []byte
	AuthTime    Time
	AMR         JSON[[]string] `gorm:"column:amr"`
	ACR         string         `gorm:"column:acr"`
	IP          string         `gorm:"column:ip"`
	UserAgent   string
	IdleSeconds int
	CreatedAt   Time
	LastSeenAt  Time
	ExpiresAt   Time // absolute
	EndedAt     Time
	EndReason   string
}

// TableName names the table.
func (Session) TableName() string { return "sessions" }
