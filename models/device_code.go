package models

// DeviceStatus is how far a device's request has come.
type DeviceStatus string

// The states of a device's request.
const (
	DevicePending DeviceStatus = "pending" // the user has not answered
	DeviceAllowed DeviceStatus = "allowed"
	DeviceDenied  DeviceStatus = "denied"
	DeviceUsed    DeviceStatus = "used" // the device has its tokens
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
	Status          DeviceStatus
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
