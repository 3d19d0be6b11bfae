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
	Issuer      string // by which applications know it; empty: that of the tenant's own address
	IdleSeconds int
	Line        string // the first of those that took one another's place in the browser; empty: of a former version
	Passing     bool   // its browser forgets it when it is closed
	ChosenAt    Time   // when its user last chose it among several of the browser; zero: never
	CreatedAt   Time
	LastSeenAt  Time
	ExpiresAt   Time // absolute
	EndedAt     Time
	EndReason   string
}

// TableName names the table.
func (Session) TableName() string { return "sessions" }

// SessionApplication tells that a session signed in to an application without
// tokens that end with the session: they outlive it, or there were none.
//
// Owner: identity/tokens.
type SessionApplication struct {
	Owned
	SessionID     string `gorm:"primaryKey"`
	ApplicationID string `gorm:"primaryKey"`
}

// TableName names the table.
func (SessionApplication) TableName() string { return "session_applications" }
