package hosted

import (
	"context"
	"time"

	"gatehouse/identity/sessions"
	"gatehouse/identity/users"
	"gatehouse/internal/page"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/models"
	"gatehouse/oidc"
	"gatehouse/store"
)

// Journeys signs people in; *journeys.Engine does.
type Journeys interface {
	Start(ctx context.Context, tenant store.Tenant, need journeys.Need) (string, error)
	Open(ctx context.Context, tenant store.Tenant, executionID string, b journeys.Browser) (*journeys.Execution, prompt.Prompt, error)
	Advance(ctx context.Context, tenant store.Tenant, executionID string, b journeys.Browser, s journeys.Submission) (journeys.Step, error)
}

// Consents asks users for permission; *oidc.Provider does.
type Consents interface {
	Consent(ctx context.Context, t oidc.Tenant, authID string, b oidc.Browser) (*oidc.ConsentView, oidc.Answer)
	Decide(ctx context.Context, t oidc.Tenant, authID string, b oidc.Browser, d oidc.Decision) oidc.Answer
}

// Devices lets users answer devices without a keyboard; *oidc.Provider does.
type Devices interface {
	EnterCode(ctx context.Context, t oidc.Tenant, typed string, b oidc.Browser) (string, error)
	Device(ctx context.Context, t oidc.Tenant, deviceID string, b oidc.Browser) (*oidc.DeviceView, oidc.Answer, error)
	DecideDevice(ctx context.Context, t oidc.Tenant, deviceID string, b oidc.Browser, d oidc.Decision) error
}

// Approvals are what applications ask users on other devices; *oidc.Provider
// keeps them.
type Approvals interface {
	Approvals(ctx context.Context, t oidc.Tenant, s *models.Session) ([]oidc.ApprovalView, error)
	Approval(ctx context.Context, t oidc.Tenant, s *models.Session, id string) (oidc.ApprovalView, error)
	Approve(ctx context.Context, t oidc.Tenant, s *models.Session, id string, d oidc.Decision) error
}

// SignOuts ends sessions with all that hangs on them; *oidc.Provider does.
type SignOuts interface {
	SignOutView(ctx context.Context, t oidc.Tenant, logoutID string, b oidc.Browser) (*oidc.SignOutView, error)
	ConfirmLogout(ctx context.Context, t oidc.Tenant, logoutID string, b oidc.Browser, which oidc.Which) oidc.Answer
	SignOut(ctx context.Context, t oidc.Tenant, s *models.Session, app *models.Application) error
	Parting(ctx context.Context, t oidc.Tenant, logoutID string, b oidc.Browser) (*oidc.PartingView, error)
	Leave(ctx context.Context, t oidc.Tenant, b oidc.Browser, which oidc.Which, back string) oidc.Answer
	Accounts(ctx context.Context, t oidc.Tenant, b oidc.Browser) ([]oidc.Account, error)
}

// Branding is how a tenant's pages look; *tenants.Directory knows.
type Branding interface {
	Branding(ctx context.Context, r store.Reader) (*models.Branding, error)
	Image(ctx context.Context, r store.Reader, id string) (*models.Image, error)
}

// Options are what the pages are made of.
type Options struct {
	Journeys  Journeys
	Consents  Consents
	Devices   Devices
	Approvals Approvals
	SignOuts  SignOuts
	Branding  Branding
	Users     *users.Directory
	Sessions  *sessions.Keeper
	Now       func() time.Time
}

// Pages serves the hosted pages of every tenant.
type Pages struct{ Options }

// New returns the pages.
func New(o Options) *Pages { return &Pages{o} }

// shown is how many sessions the account lists.
const shown = 25

func newest() page.Request { return page.Request{Limit: shown} }

// route is one address: what answers a GET, what a POST; nil: nothing does.
type route struct {
	path      string
	get, post func(*visit) reply
}

func (p *Pages) routes() []route {
	return []route{
		{"/sign-in", p.signIn, p.signInPost},
		{"/sign-up", p.signUp, p.signUpPost},
		{"/sign-in/back", p.back, nil},
		{"/sign-in/leave", nil, p.leaveAccount},
		{"/consent", p.consent, p.consentPost},
		{"/device", p.connect, p.connectPost},
		{"/device/confirm", p.connectConfirm, p.connectConfirmPost},
		{"/device/done", p.connectDone, nil},
		{"/sign-out", p.signOut, p.signOutPost},
		{"/signed-out", p.signedOut, nil},
		{"/account", p.account, nil},
		{"/account/switch", p.switchAccount, nil},
		{"/account/approvals", p.approvals, nil},
		{"/account/approvals/:id", p.approval, p.approvalPost},
		{"/account/sign-out", nil, p.signOutPost},
		{"/account/sessions/others/end", nil, p.endOthers},
		{"/account/sessions/:id/end", nil, p.endSession},
	}
}
