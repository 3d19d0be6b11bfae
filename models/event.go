package models

// EventFields are what is known of something that happened. They are fixed
// when it happens; the sealer adds number and hashes later.
type EventFields struct {
	ID            string `gorm:"primaryKey"`
	At            Time
	Action        string // noun.verb in the past: user.created
	Outcome       string // success, failure
	Reason        string // reason code of a failure
	ActorType     string
	ActorID       string
	ActorName     string
	Via           string // console, api, apply, hosted, oauth, system
	TargetType    string
	TargetID      string
	TargetName    string
	UserID        string // whose timeline shows it
	ApplicationID string
	SessionID     string
	AttemptID     string
	RequestID     string
	IP            string `gorm:"column:ip"`
	UserAgent     string
	Details       JSON[map[string]any] // allow-listed per action (security requirement R137)
}

// PendingEvent is an event that is committed but not yet sealed.
//
// Owner: audit.
type PendingEvent struct {
	Owned
	EventFields `gorm:"embedded"`
}

// TableName names the table.
func (PendingEvent) TableName() string { return "audit_pending" }

// Event is a sealed event: it has its place in the one chain of the deployment.
//
// Owner: audit.
type Event struct {
	Owned
	EventFields `gorm:"embedded"`
	Number      int64
	PrevHash    []byte
	Hash        []byte
}

// TableName names the table.
func (Event) TableName() string { return "events" }

// Attempt is one try to sign in, or one refused request of an application,
// with its steps.
//
// Owner: audit/attempts.
type Attempt struct {
	Owned
	ID              string `gorm:"primaryKey"`
	Reference       string // short, for people to read out
	Kind            string // sign_in, authorize, token
	At              Time
	DurationMicros  int64
	UserID          string
	IdentifierClass string // username, email, phone
	IdentifierMAC   string // keyed hash of what was typed when it names nobody (R137)
	ApplicationID   string
	ClientID        string
	Method          string
	Outcome         string // success, failure
	Reason          string
	Steps           JSON[[]AttemptStep]
	RequestID       string
	IP              string `gorm:"column:ip"`
	UserAgent       string
	Details         JSON[map[string]any]
}

// TableName names the table.
func (Attempt) TableName() string { return "attempts" }

// AttemptStep is one step of an attempt: what was checked and what came out.
type AttemptStep struct {
	Step    string `json:"step"`
	Verdict string `json:"verdict"` // passed, failed, asked
	Reason  string `json:"reason,omitempty"`
	Micros  int64  `json:"micros,omitempty"`
	At      int64  `json:"at,omitempty"` // microseconds since the epoch
}

// Counter counts events of a kind in a window of time.
//
// Owner: identity/throttle.
type Counter struct {
	Owned
	Key       string `gorm:"primaryKey"`
	Count     int64
	WindowEnd Time
}

// TableName names the table.
func (Counter) TableName() string { return "counters" }

// Idempotency is the answer that was given under an Idempotency-Key. The
// answer is sealed, since it may hold a secret that is shown once.
//
// Owner: store/idempotency.
type Idempotency struct {
	Owned
	Principal   string `gorm:"primaryKey"`
	Key         string `gorm:"primaryKey"`
	RequestHash []byte
	Status      int
	Answer      []byte
	CreatedAt   Time
}

// TableName names the table.
func (Idempotency) TableName() string { return "idempotency_keys" }

// AuditHead is the end of the chain and the lease of the one sealer that may
// lengthen it. There is one row, with id 1.
//
// Owner: audit.
type AuditHead struct {
	ID         int64 `gorm:"primaryKey"`
	Number     int64
	Hash       []byte
	Epoch      int64 // rises with every new holder, so that a late one is fenced off
	Holder     string
	LeaseUntil Time
}

// TableName names the table.
func (AuditHead) TableName() string { return "audit_head" }
