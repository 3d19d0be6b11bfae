package models

// RequestStatus is how far a request that waits for a user elsewhere has come.
type RequestStatus string

// The states of a request.
const (
	RequestPending RequestStatus = "pending" // the user has not answered
	RequestAllowed RequestStatus = "allowed"
	RequestDenied  RequestStatus = "denied"
	RequestUsed    RequestStatus = "used" // the application has its tokens
)

// DeviceCode is a device's request for tokens (RFC 8628 §3.2): the device finds
// it by the SHA-256 of its device code, the user by the keyed hash of what the
// device shows.
//
// Owner: identity/tokens.
type DeviceCode struct {
	Owned
	ID              string `gorm:"primaryKey"`
	ApplicationID   string
	Hash            []byte
	UserCode        []byte
	Status          RequestStatus
	Scope           string
	Resource        string
	Details         JSON[GrantDetails]
	UserID          string // empty, like all that follows, until the user allowed it
	SessionID       string
	AuthTime        Time
	AMR             JSON[[]string] `gorm:"column:amr"`
	ACR             string         `gorm:"column:acr"`
	IntervalSeconds int            // between two polls
	PolledAt        Time
	CreatedAt       Time
	ExpiresAt       Time
}

// TableName names the table.
func (DeviceCode) TableName() string { return "device_codes" }
