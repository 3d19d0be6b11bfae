package nodes

import (
	"context"

	"gatehouse/audit/attempts"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/journeys"
	"gatehouse/reason"
	"gatehouse/store"
)

// maxRefusals is how many refused proofs an execution takes before it stops.
// Guesses are counted elsewhere, by account and source (R80): this only keeps
// a page from being tried for ever.
const maxRefusals = 10

// prove lets users judge the password. What users refuse is recorded before
// anybody hears of it.
func (o Options) prove(ctx context.Context, tenant store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	result, err := o.Users.Authenticate(ctx, tenant, users.Attempt{
		Identifier: x.Identifier, Password: s.Inputs[passwordInput],
		IP: caller.From(ctx).IP, DeviceToken: x.Browser.Device,
	})
	now := o.Now()
	if err != nil {
		why := reason.From(err)
		v, err := o.refuse(ctx, tenant, x, failed{step: passwordStep, result: result, why: why, told: safe(why)})
		if x.Refusals+1 >= maxRefusals {
			v.Outcome = stopped
		}
		return v, err
	}
	x.Trace.StepAt(now, passwordStep, attempts.Passed, "")
	x.Proof = &journeys.Proof{User: result.User, AMR: []string{journeys.AMRPassword}, ACR: journeys.ACRPassword, At: now, Spent: result.Spent, Password: result.Password}
	return journeys.Verdict{Outcome: proved}, nil
}

// failed is a proof that was refused: at which step, for what true reason, and
// what the user is told of it.
type failed struct {
	step      string
	result    users.Result
	why, told *reason.Error
}

// refuse records the attempt with its true reason and tells the user the safe
// one. Our own faults end the request instead.
func (o Options) refuse(ctx context.Context, tenant store.Tenant, x *journeys.Execution, f failed) (journeys.Verdict, error) {
	kind := f.why.Meaning().Kind
	if kind == reason.Internal || kind == reason.Unavailable {
		return journeys.Verdict{}, f.why
	}
	reference, err := o.record(ctx, tenant, x, f)
	if err != nil {
		return journeys.Verdict{}, err
	}
	return journeys.Verdict{Outcome: refused, Refusal: f.told, Reference: reference}, nil
}

// record keeps the attempt and returns its reference; "" where an address that
// is throttled goes on and on.
func (o Options) record(ctx context.Context, tenant store.Tenant, x *journeys.Execution, f failed) (string, error) {
	if f.why.Meaning().Kind == reason.Throttled && !o.Refusals.Admits(ctx) {
		return "", nil
	}
	x.Trace.StepAt(o.Now(), f.step, attempts.Failed, f.why.Code)
	a := attempt(x, f.result)
	a.Reason = f.why.Code
	var reference string
	err := tenant.Write(ctx, func(tx *store.Tx) error {
		row, err := attempts.Record(ctx, tx, o.Now(), a)
		reference = row.Reference
		return err
	})
	return reference, err
}

// safe is what the user is told: that it did not match, or how long to wait,
// and never whether there is such a user or what became of him (R62, R76).
func safe(why *reason.Error) *reason.Error {
	if why.Meaning().Kind == reason.Throttled {
		return reason.New(why.Code).After(why.RetryAfter)
	}
	return reason.New(reason.PasswordWrong)
}

func attempt(x *journeys.Execution, result users.Result) attempts.Attempt {
	a := attempts.Attempt{
		Trace: &x.Trace, Identifier: result.Identifier, Method: journeys.AMRPassword,
		ApplicationID: x.Need.ApplicationID, ClientID: x.Need.ClientID,
	}
	if result.User != nil {
		a.UserID, a.UserName = result.User.ID, result.User.Username
	}
	return a
}
