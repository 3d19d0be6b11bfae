package authorize

import (
	"encoding/json"

	"gatehouse/oidc/details"
	"gatehouse/reason"
)

// Detailed is what the authorization_details of a request ask for (RFC 9396 §2).
type Detailed struct {
	List json.RawMessage // as it is kept
	APIs []string        // identifiers of those that understand it
	// AskAlways tells that the user has to be asked whatever he allowed before.
	AskAlways bool
}

// authorizationDetails reads what is asked for beside scopes. It names the APIs
// that it speaks to, so that tokens are for them (RFC 9396 §3.2).
func authorizationDetails(in Input, r *Request) *reason.Error {
	if !in.Values.Has(details.Parameter) {
		return nil
	}
	asked, err := in.Details(in.Values.Get(details.Parameter))
	if err != nil {
		return reason.From(err)
	}
	r.Details, r.AskAlways, r.apis = asked.List, asked.AskAlways, asked.APIs
	return nil
}
