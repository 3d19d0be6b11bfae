package models

// LogoutChannel is the way by which an application is told of a logout.
type LogoutChannel string

// The ways.
const (
	LogoutFront LogoutChannel = "front" // the browser loads its page (Front-Channel Logout 1.0)
	LogoutBack  LogoutChannel = "back"  // we call its server (Back-Channel Logout 1.0)
)

// LogoutStatus is how far telling an application has come.
type LogoutStatus string

// The states of a notice.
const (
	LogoutWaiting LogoutStatus = "waiting" // the server is called, or called again, at NextAt
	LogoutTold    LogoutStatus = "told"    // the server has answered that it is done
	LogoutFailed  LogoutStatus = "failed"  // nobody tries any more
	LogoutShown   LogoutStatus = "shown"   // the browser was given the page
	LogoutUnshown LogoutStatus = "unshown" // no browser has come for the page
)

// LogoutNotice is that an application is to be told, or was told, that a session
// ended. It is written in the transaction that ends the session. It names the
// session and the user without leaning on them: they may be deleted.
//
// Owner: identity/logouts.
type LogoutNotice struct {
	Owned
	ID            string `gorm:"primaryKey"`
	SessionID     string // the sid claim
	ApplicationID string
	UserID        string
	Issuer        string
	Channel       LogoutChannel
	Why           string // the session's end_reason
	Status        LogoutStatus
	Attempts      int64
	NextAt        Time   // of the next attempt, also where one is under way
	Address       string // where it was told last; empty: nowhere yet
	Answer        int64  // HTTP status of the last answer; 0: none
	Reason        string // code of the last failure; empty: none
	CreatedAt     Time
	TriedAt       Time // of the last attempt
}

// TableName names the table.
func (LogoutNotice) TableName() string { return "logout_notices" }
