package models

// PushedRequest holds the parameters of an authorization request that an
// application pushed (RFC 9126): found by the SHA-256 of its request_uri,
// answered once.
//
// Owner: identity/tokens.
type PushedRequest struct {
	Owned
	Hash          []byte `gorm:"primaryKey"`
	ApplicationID string
	Payload       JSON[map[string]string]
	CreatedAt     Time
	ExpiresAt     Time // until when the browser may bring it
	UsedAt        Time // when it was answered
}

// TableName names the table.
func (PushedRequest) TableName() string { return "pushed_requests" }
