package claimrules

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

const mostPosition = 9999

var (
	nameForm  = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)
	claimForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,200}$`)
	scopeForm = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]{1,128}$`) // RFC 6749 §3.3
)

func (b *Book) judgeNew(ctx context.Context, tx *store.Tx, row *models.ClaimRule, f Facts) error {
	rows, err := all(ctx, tx)
	if err != nil {
		return err
	}
	e := reason.New(reason.InputInvalid)
	if !nameForm.MatchString(row.Name) {
		e.On("name", reason.InputFormat, "a-z 0-9 . _ -")
	}
	if len(rows) >= most {
		e.On("name", reason.InputTooLong, "100")
	}
	if err := b.judge(ctx, tx, row, f); err != nil {
		also := reason.From(err)
		if also.Code != reason.InputInvalid {
			return err
		}
		e.Fields = append(e.Fields, also.Fields...)
	}
	return ifAny(e)
}

func ifAny(e *reason.Error) error {
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// judge puts the facts onto the row, or refuses them as a whole.
func (b *Book) judge(ctx context.Context, r store.Reader, row *models.ClaimRule, f Facts) error {
	e := reason.New(reason.InputInvalid)
	f.Claim, f.Expression, f.Scope = strings.TrimSpace(f.Claim), strings.TrimSpace(f.Expression), strings.TrimSpace(f.Scope)
	judgeTargets(f, e)
	switch {
	case !claimForm.MatchString(f.Claim):
		e.On("claim", reason.InputFormat, "department")
	case isReserved(f.Claim, f.Targets):
		e.On("claim", reason.InputReserved, f.Claim)
	}
	if f.Expression == "" {
		e.On("expression", reason.InputRequired, "")
	} else if _, err := compile(f.Expression); err != nil {
		e.On("expression", reason.InputExpression, err.Error())
	}
	if f.Scope != "" && !scopeForm.MatchString(f.Scope) {
		e.On("scope", reason.InputFormat, "RFC 6749 §3.3")
	}
	if f.Position < 0 || f.Position > mostPosition {
		e.On("position", reason.InputInvalid, "0 – 9999")
	}
	id, err := b.judgeApplication(ctx, r, f.Application, e)
	if err != nil {
		return err
	}
	if len(e.Fields) > 0 {
		return e
	}
	row.Claim, row.Expression, row.ApplicationID, row.Scope = f.Claim, f.Expression, id, f.Scope
	row.Targets, row.Position, row.Disabled = models.AsJSON(ordered(f.Targets)), f.Position, f.Disabled
	return nil
}

func judgeTargets(f Facts, e *reason.Error) {
	if len(f.Targets) == 0 {
		e.On("targets", reason.InputRequired, "")
	}
	for _, t := range f.Targets {
		if !slices.Contains(models.ClaimTargets(), t) {
			e.On("targets", reason.InputUnknown, strings.Join(models.ClaimTargets(), " "))
			return
		}
	}
}

// ordered are the targets in the order of models.ClaimTargets, each once.
func ordered(targets []string) []string {
	return slices.DeleteFunc(models.ClaimTargets(), func(t string) bool { return !slices.Contains(targets, t) })
}

func (b *Book) judgeApplication(ctx context.Context, r store.Reader, clientID string, e *reason.Error) (*string, error) {
	if clientID == "" {
		return nil, nil //nolint:nilnil // a rule for all names none
	}
	app, err := b.Applications.ByClientID(ctx, r, clientID)
	if reason.Has(err, reason.ApplicationUnknown) {
		e.On("application", reason.InputUnknown, clientID)
		return nil, nil //nolint:nilnil // the refusal stands in e
	}
	if err != nil {
		return nil, err
	}
	return &app.ID, nil
}
