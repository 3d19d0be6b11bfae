package models

// Replay is a proof of somebody else's that was used, until it would expire.
//
// Owner: identity/replays.
type Replay struct {
	Owned
	Kind      string `gorm:"primaryKey"`
	Hash      []byte `gorm:"primaryKey"`
	ExpiresAt Time
}

// TableName names the table.
func (Replay) TableName() string { return "replays" }
