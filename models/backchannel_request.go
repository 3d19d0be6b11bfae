package models

// The values of backchannel_token_delivery_mode (OpenID Connect CIBA §4).
const (
	DeliverPoll = "poll"
	DeliverPing = "ping"
	DeliverPush = "push"
)

// BackchannelRequest is an application's request that a user allows on a device
// of his own (OpenID Connect CIBA §7). Its auth_req_id is not stored: it is
// computed from the row's id.
//
// Owner: identity/tokens.
type BackchannelRequest struct {
	Owned
	ID                string `gorm:"primaryKey"`
	ApplicationID     string
	UserID            string
	Status            RequestStatus
	Issuer            string // under which it was made
	Scope             string
	Details           JSON[GrantDetails]
	BindingMessage    string
	Mode              string // poll, ping or push
	NotificationToken []byte // client_notification_token, sealed; empty with poll
	SessionID         string // empty, like the next three, until the user allowed it
	AuthTime          Time
	AMR               JSON[[]string] `gorm:"column:amr"`
	ACR               string         `gorm:"column:acr"`
	FamilyID          string         // of the tokens that were pushed
	IntervalSeconds   int            // between two polls
	PolledAt          Time
	NotifyAt          Time // when the application is to be told next; zero: never
	NotifyTries       int
	CreatedAt         Time
	ExpiresAt         Time
}

// TableName names the table.
func (BackchannelRequest) TableName() string { return "backchannel_requests" }
