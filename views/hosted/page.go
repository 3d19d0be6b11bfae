package hosted

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/journeys/prompt"
	"gatehouse/locales"
	"gatehouse/reason"
	"gatehouse/static"
)

// Page is what every hosted page knows.
type Page struct {
	Say *locales.Localizer
	// Tenant is the tenant's display name.
	Tenant string
	// Base is the path under which the tenant's pages answer, without a slash
	// at its end; empty: the root.
	Base string
	// Stylesheet is the path of the tenant's branding; empty: none.
	Stylesheet string
	// Logo is the path of the tenant's logo; empty: its name is written.
	Logo string
	// Nonce is the one of this answer's content security policy (R110).
	Nonce string
	// Token is the hidden field that proves a form to be ours (R113).
	Token Field
	// Keep are the fields of the address that a change of language keeps.
	Keep []Field
	// NoSwitch tells that the page cannot be asked for again, so that it
	// offers no other language.
	NoSwitch bool
}

// Field is a hidden field of a form; one without a name is left out.
type Field struct{ Name, Value string }

// Step is the page of a journey's step.
type Step struct {
	Prompt prompt.Prompt
	// Name is where the user signs in to: the application's name, or the
	// tenant's.
	Name string
	// Back is where "change" leads; empty: there is no way back.
	Back string
	// StartAgain is where a new attempt begins; empty: nowhere.
	StartAgain string
	// Leave is where signing out of one of the accounts to choose from goes.
	Leave string
	// Ways are where the actions lead that lead to another journey, by their ref.
	Ways map[string]string
	// Wait is how long trying again makes no sense.
	Wait time.Duration
}

// Consent is the page that asks for a user's permission (R31).
type Consent struct {
	Application string
	Verified    bool   // the tenant vouches for who publishes it
	Identity    string // the host that the application's client_id names; empty: it has a name of ours
	// Host is where the answer goes.
	Host   string
	Scopes []Scope
	// Details are what is asked for in so many words (RFC 9396).
	Details []Detail
	User    string
	// PolicyURI and TermsURI are links of the application; may be empty.
	PolicyURI, TermsURI string
	// Days is how long the permission outlives the session; 0: it does not.
	Days int
}

// Scope is one thing that a permission allows.
type Scope struct {
	Name    string
	Words   string // of the API that it is a right at; may be empty
	Granted bool   // the user allowed it before
}

// Detail is one thing that a permission allows, with its facts.
type Detail struct {
	Title   string
	API     string // which takes it
	Facts   []Fact
	Granted bool // the user allowed just this before
}

// Fact is a fact of a detail, as it was sent.
type Fact struct {
	Label  string
	Values []string
}

// SignOut is the page that asks whether to sign out.
type SignOut struct {
	Application string // empty: none asked
	// Accounts are those that may be signed out.
	Accounts []AccountRow
	// Action is where the form goes; empty: to the page's own address.
	Action string
	// Stay is where "stay signed in" leads.
	Stay string
}

// AccountRow is an account that the browser is signed in to.
type AccountRow struct {
	ID, Name, Email string // Email may be empty
	Current         bool
}

// SignedOut is the page after signing out.
type SignedOut struct {
	// Again is where signing in begins; empty: nowhere.
	Again string
	// Frames are pages of applications that end their own sessions when they
	// are loaded; Onward is where the browser goes then, empty: nowhere.
	Frames              []string
	Onward, Application string
}

// framed is an address of the web, and nothing that a frame would run. An
// application's own scheme has no link on our page: the browser is sent there.
func framed(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return address
}

// FormPost is an authorization response that travels in a form.
type FormPost struct {
	Action string // the validated redirect URI
	Fields []Field
}

// Failure is the error page.
type Failure struct {
	Code reason.Code
	// Reference names the attempt, and RequestID the request, for support.
	Reference string
	RequestID string
	// StartAgain is where the user can begin anew; empty: at the application.
	StartAgain string
	Wait       time.Duration
}

// Account is the page of the signed-in user.
type Account struct {
	Name, Username string
	Email, Phone   string
	EmailVerified  bool
	PhoneVerified  bool
	Sessions       []Session
	More           bool   // there are older sessions that are not shown
	Done           string // locale key of what was just done; empty: nothing
	Approvals      string // where the questions of applications are
	Waiting        int    // how many of them wait
	Beside         int    // other accounts that this browser is signed in to
	Switch         string // where one takes another of them
	SignOut        string // where one says which of them to sign out of
}

// Session is one browser in which the user is signed in.
type Session struct {
	ID              string
	Browser, System string // empty: unknown
	IP              string
	Since, LastSeen time.Time
	Current         bool
}

// The titles and texts of a journey's steps: title, title with a name, lead.
var steps = map[string][3]string{
	"accounts":   {"hosted.accounts.title", "hosted.accounts.title_for", "hosted.accounts.lead"},
	"sign_in":    {"hosted.sign_in.title", "hosted.sign_in.title_for", "hosted.sign_in.lead"},
	"identifier": {"hosted.identifier.title", "hosted.identifier.title_for", "hosted.identifier.lead"},
	"password":   {"hosted.password.title", "hosted.password.title_for", "hosted.password.lead"},
	"sign_up":    {"hosted.sign_up.title", "hosted.sign_up.title_for", "hosted.sign_up.lead"},
	"ended":      {"hosted.ended.title", "hosted.ended.title_for", "hosted.ended.lead"},
}

func (s Step) title(p Page) string {
	keys, ok := steps[s.Prompt.Step]
	if !ok {
		keys = steps["sign_in"]
	}
	if s.Name == "" {
		return p.Say.T(keys[0])
	}
	return p.Say.T(keys[1], "Name", s.Name)
}

// accounts is how many accounts are offered. Each can be signed out by a form of
// its own, and so can all of them.
func (s Step) accounts() int {
	at := slices.IndexFunc(s.Prompt.Inputs, func(in prompt.Input) bool { return in.Type == prompt.SelectInput })
	if at < 0 {
		return 0
	}
	return len(s.Prompt.Inputs[at].Options)
}

// lead says whose account is asked for, where the title does not; what is
// final says what to do.
func (s Step) lead(p Page) string {
	keys, ok := steps[s.Prompt.Step]
	if !ok || s.Prompt.Step != "ended" && s.Name == p.Tenant {
		return ""
	}
	return p.Say.T(keys[2], "Tenant", p.Tenant)
}

// scopes are those that have words of their own.
var scopes = map[string]string{
	"openid":         "hosted.scope.openid",
	"profile":        "hosted.scope.profile",
	"email":          "hosted.scope.email",
	"phone":          "hosted.scope.phone",
	"address":        "hosted.scope.address",
	"offline_access": "hosted.scope.offline_access",
}

func (s Scope) words(p Page) string {
	if key, ok := scopes[s.Name]; ok {
		return p.Say.T(key)
	}
	if s.Words != "" {
		return s.Words
	}
	return p.Say.T("hosted.scope.other", "Scope", s.Name)
}

func (p Page) title(title string, failed bool) string {
	title = p.Say.T("hosted.page_title", "Title", title, "Tenant", p.Tenant)
	if failed {
		return p.Say.T("hosted.error_prefix", "Title", title)
	}
	return title
}

// wait says when trying again makes sense, in the unit that a person would use.
func (p Page) wait(d time.Duration) string {
	if d < time.Minute {
		return p.Say.T("hosted.retry.seconds", "Count", max(1, int((d+time.Second-1)/time.Second)))
	}
	return p.Say.T("hosted.retry.minutes", "Count", int((d+time.Minute-1)/time.Minute))
}

func (f Failure) title(p Page) string {
	if f.Code == reason.JourneyExpired || f.Code == reason.JourneyBrowser || f.Code == reason.JourneyInvalid {
		return p.Say.T("hosted.error.expired")
	}
	switch reason.Of(f.Code).Kind {
	case reason.NotFound:
		return p.Say.T("hosted.error.not_found")
	case reason.Throttled, reason.Unavailable:
		return p.Say.T("hosted.error.throttled")
	case reason.Forbidden:
		return p.Say.T("hosted.error.forbidden")
	default:
		return p.Say.T("hosted.error.title")
	}
}

// cookies reports whether blocked cookies may be the cause.
func (f Failure) cookies() bool {
	return f.Code == reason.JourneyBrowser || f.Code == reason.RequestCrossSite
}

func (s Session) device(p Page) string {
	switch {
	case s.Browser != "" && s.System != "":
		return p.Say.T("hosted.account.device", "Browser", s.Browser, "System", s.System)
	case s.Browser+s.System != "":
		return s.Browser + s.System
	}
	return p.Say.T("hosted.account.unknown_device")
}

func (p Page) verified(yes bool) string {
	if yes {
		return p.Say.T("hosted.account.verified")
	}
	return p.Say.T("hosted.account.unverified")
}

func (p Page) logo() string { return p.Logo }

// languages are those that every page offers.
var languages = locales.Languages()

// asset is where a file of ours is served.
func asset(name string) static.File { return static.Asset(name) }

// initials stand for a person without a picture: of the first and the last word.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) < 2 {
		return initial(name)
	}
	return initial(words[0]) + initial(words[len(words)-1])
}

// initial stands for a tenant or application without a logo.
func initial(name string) string {
	for _, r := range strings.ToUpper(name) {
		return string(r)
	}
	return ""
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// kind is how a browser and its password manager know a field.
type kind struct{ Type, Autocomplete, EnterKey, InputMode string }

var kinds = map[prompt.Purpose]kind{
	prompt.ForUsername:        {"text", "username webauthn", "next", "email"},
	prompt.ForCurrentPassword: {"password", "current-password webauthn", "go", ""},
	prompt.ForNewPassword:     {"password", "new-password", "go", ""},
	prompt.ForOneTimeCode:     {"text", "one-time-code", "done", "numeric"},
	prompt.ForNewUsername:     {"text", "username", "next", ""},
	prompt.ForEmail:           {"email", "email", "next", "email"},
	prompt.ForGivenName:       {"text", "given-name", "next", ""},
	prompt.ForFamilyName:      {"text", "family-name", "next", ""},
}

func kindOf(in prompt.Input) kind {
	if k, ok := kinds[in.Purpose]; ok {
		return k
	}
	return kind{Type: "text", Autocomplete: "on", EnterKey: "next"}
}

// verbatim reports whether a field takes what no keyboard should mend.
func verbatim(in prompt.Input) bool {
	return in.Purpose == prompt.ForUsername || in.Purpose == prompt.ForNewUsername || in.Purpose == prompt.ForEmail
}

// label is a field's, which says so where it may stay empty.
func (p Page) label(in prompt.Input) string {
	if in.Required {
		return p.Say.T(in.Label)
	}
	return p.Say.T("hosted.optional", "Label", p.Say.T(in.Label))
}

// described lists the elements that describe a field.
func described(in prompt.Input, wrong reason.Code) string {
	var ids []string
	if in.Hint != "" {
		ids = append(ids, in.Name+"-hint")
	}
	if wrong != "" {
		ids = append(ids, in.Name+"-error")
	}
	return strings.Join(ids, " ")
}

// focused tells which input gets the focus: the first that is empty, or none
// where the summary of what went wrong has it.
func (s Step) focused() string {
	if s.Prompt.Failed() {
		return ""
	}
	for _, in := range s.Prompt.Inputs {
		if in.Value == "" && in.Type != prompt.HiddenInput && in.Type != prompt.BooleanInput {
			return in.Name
		}
	}
	return ""
}
