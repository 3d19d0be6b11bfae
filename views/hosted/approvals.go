package hosted

import "time"

// Approvals is the list of what applications ask the user on other devices.
type Approvals struct {
	Waiting []Approval
	Account string // where the account is
	Done    string // locale key of what was just answered; empty: nothing
}

// Approval is one such question.
type Approval struct {
	Consent
	At      string // its own page
	List    string // the page with all of them
	Message string // for comparing with what the other device shows; may be empty
	Asked   time.Time
}
