package authorize

import (
	"encoding/json"
	"slices"
	"time"
)

// The values of prompt (OpenID Connect Core §3.1.2.1).
const (
	PromptNone          = "none"
	PromptLogin         = "login"
	PromptConsent       = "consent"
	PromptSelectAccount = "select_account"
	PromptCreate        = "create" // Initiating User Registration via OpenID Connect §4
)

// ScopeOpenID asks for an ID token; ScopeOffline for tokens that outlive the
// session (OpenID Connect Core §3.1.2.1 and §11).
const (
	ScopeOpenID  = "openid"
	ScopeOffline = "offline_access"
)

// Request is an authorization request that passed every check. Whatever comes
// later reads it alone, never the browser's parameters again (R30). Its JSON
// travels sealed in a URL, so its names are short.
type Request struct {
	ApplicationID string          `json:"a"`
	ClientID      string          `json:"c"`
	RedirectURI   string          `json:"r"`
	ResponseType  string          `json:"t"` // its parts in our order
	ResponseMode  string          `json:"m"` // how the answer travels
	State         string          `json:"s,omitempty"`
	Nonce         string          `json:"n,omitempty"`
	Challenge     string          `json:"x,omitempty"` // code_challenge, S256
	Scopes        []string        `json:"o"`
	Resource      string          `json:"u,omitempty"` // identifiers of APIs, space separated; empty: the tenant
	Prompts       []string        `json:"p,omitempty"`
	MaxAge        *int            `json:"g,omitempty"` // seconds
	LoginHint     string          `json:"l,omitempty"`
	UILocales     string          `json:"i,omitempty"`
	ACRValues     []string        `json:"v,omitempty"`
	ACREssential  bool            `json:"e,omitempty"` // without one of ACRValues there is no answer
	HintSubject   string          `json:"h,omitempty"` // sub of the id_token_hint
	Claims        json.RawMessage `json:"k,omitempty"` // the claims parameter
	Pushed        []byte          `json:"q,omitempty"` // hash of the pushed request that it came as
	Began         int64           `json:"b"`           // microseconds since the epoch
	JKT           string          `json:"j,omitempty"` // dpop_jkt: the code is bound to this key
	Browser       string          `json:"w"`           // hash of the browser cookie
	Popup         bool            `json:"z,omitempty"` // display=popup: the application opened a window for it

	Details   json.RawMessage `json:"d,omitempty"` // authorization_details (RFC 9396)
	AskAlways bool            `json:"y,omitempty"` // the user is asked, whatever he allowed before

	// Allowed tells that the user allows it just now. It never travels: what is to
	// be asked each time is asked again at the next return.
	Allowed bool `json:"-"`

	offered []string // scopes of those APIs, while the request is checked
	apis    []string // identifiers of those that understand the details, likewise
}

// BeganAt is when the request came in.
func (r *Request) BeganAt() time.Time { return time.UnixMicro(r.Began).UTC() }

// Asks reports whether prompt holds the value.
func (r *Request) Asks(prompt string) bool { return slices.Contains(r.Prompts, prompt) }

// Wants reports whether the scope is asked for.
func (r *Request) Wants(scope string) bool { return slices.Contains(r.Scopes, scope) }
