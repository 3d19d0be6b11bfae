package claims

import (
	"encoding/json"
	"errors"
	"slices"
)

// Request is the claims parameter (OpenID Connect Core §5.5).
type Request struct {
	UserInfo map[string]*Wish `json:"userinfo,omitempty"`
	IDToken  map[string]*Wish `json:"id_token,omitempty"`
}

// Wish says how a claim is wanted; nil: it is welcome (§5.5.1).
type Wish struct {
	Essential bool  `json:"essential"`
	Value     any   `json:"value"`
	Values    []any `json:"values"`
}

const (
	maxRequest = 4 << 10 // bytes
	maxWishes  = 64
	// Claims that only rules may know travel in the access token.
	maxOthers = 16
	maxName   = 100 // bytes
)

// ErrRequest says that a claims parameter is not one.
var ErrRequest = errors.New("claims: not a claims request")

// Parse reads a claims parameter. Members and claims that are not known are
// ignored (§5.5). It returns ErrRequest.
func Parse(text string) (*Request, error) {
	var r Request
	if len(text) > maxRequest || json.Unmarshal([]byte(text), &r) != nil {
		return nil, ErrRequest
	}
	if len(r.UserInfo)+len(r.IDToken) > maxWishes {
		return nil, ErrRequest
	}
	return &r, nil
}

// Read is Parse for what was parsed before: nothing where there is none.
func Read(text json.RawMessage) *Request {
	r, err := Parse(string(text))
	if err != nil {
		return &Request{}
	}
	return r
}

// Wished lists the claims of wishes that belong to one of the scopes, in order:
// an application gets no claim one by one that it may not have together.
func Wished(wishes map[string]*Wish, scopes []string) []string {
	var names []string
	for name := range wishes {
		if scope := scopeOf[name]; scope != "" && slices.Contains(scopes, scope) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Asked are the wished claims with those that we do not know ourselves, which
// the tenant's rules may.
func Asked(wishes map[string]*Wish, scopes []string) []string {
	var others []string
	for name := range wishes {
		if len(name) <= maxName && !slices.Contains(Names(), name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	names := append(Wished(wishes, scopes), others[:min(len(others), maxOthers)]...)
	slices.Sort(names)
	return names
}

// Granted is what of the request an application with these scopes may have, to
// be kept; nil: nothing. A scope that it is given later must not bring it claims
// that its users were not asked for (R31).
func (r *Request) Granted(scopes []string) json.RawMessage {
	only := func(wishes map[string]*Wish) map[string]*Wish {
		rest := map[string]*Wish{}
		for _, name := range Asked(wishes, scopes) {
			rest[name] = nil
		}
		return rest
	}
	granted := Request{UserInfo: only(r.UserInfo), IDToken: only(r.IDToken)}
	if len(granted.UserInfo)+len(granted.IDToken) == 0 {
		return nil
	}
	text, err := json.Marshal(granted)
	if err != nil {
		return nil // names always marshal
	}
	return text
}

// Accepts lists the values that a wish would be content with; nil: any.
func (w *Wish) Accepts() []string {
	if w == nil {
		return nil
	}
	var all []string
	for _, v := range append([]any{w.Value}, w.Values...) {
		if text, ok := v.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
