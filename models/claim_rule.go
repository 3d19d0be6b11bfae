package models

// The places that claim rules write to.
const (
	ClaimsOfIDToken     = "id_token"
	ClaimsOfAccessToken = "access_token"
	ClaimsOfUserInfo    = "userinfo"
)

// ClaimTargets are all of them.
func ClaimTargets() []string {
	return []string{ClaimsOfIDToken, ClaimsOfAccessToken, ClaimsOfUserInfo}
}

// ClaimRule writes one claim by an expression.
//
// Owner: identity/claimrules.
type ClaimRule struct {
	Owned
	Recorded   `gorm:"-"`
	ID         string `gorm:"primaryKey"`
	Name       string // unique in the tenant, for files and addresses
	Claim      string // the claim that it writes
	Expression string
	// ApplicationID limits the rule to one application; nil: it speaks to all.
	ApplicationID *string
	Targets       JSON[[]string]
	// Scope limits the rule to tokens that hold it; empty: to none.
	Scope    string
	Position int // rules speak in this order; the last one decides
	Disabled bool
	Version  int64

	CreatedAt Time
	UpdatedAt Time
}

// TableName names the table.
func (ClaimRule) TableName() string { return "claim_rules" }

// For reports whether the rule speaks to the application.
func (r *ClaimRule) For(applicationID string) bool {
	return r.ApplicationID == nil || *r.ApplicationID == applicationID
}
