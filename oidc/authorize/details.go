package authorize

import (
	"gatehouse/internal/strict"
	"gatehouse/reason"
)

// Details refuses authorization details: no type of them is known here, and who
// narrows his request by them must not get more than he asked for (RFC 9396 §5).
// It returns OAuthDetails.
func Details(v strict.Values) *reason.Error {
	if v.Has("authorization_details") {
		return reason.New(reason.OAuthDetails)
	}
	return nil
}
