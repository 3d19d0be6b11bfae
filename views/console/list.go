package console

import (
	"context"
	"strings"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/views/ui"
)

// List is what every list has: the page's address with its filters, what is
// searched for, and the way to the next page.
type List struct {
	Path  string // without query
	At    string // with query
	Query string
	First string // the first page, when this is another
	Next  string // empty: this is the last
	Count int    // rows on this page
}

// Filtered reports whether anything narrows the list.
func (l List) Filtered() bool { return strings.Contains(l.At, "?") }

// size says how many rows there are: exactly on the only page.
func (l List) size(ctx context.Context, key string) string {
	if l.Next != "" || l.First != "" {
		return ui.N(ctx, key+".some", l.Count)
	}
	return ui.N(ctx, key+".count", l.Count)
}

func staff(ctx context.Context, code string) string {
	return ui.TOr(ctx, "reason."+code+".staff", code)
}

func seen(ctx context.Context, code string) string {
	return ui.TOr(ctx, "reason."+code+".user", "")
}

// severity is the tone in which a refusal is shown.
func severity(code string) string {
	switch reason.Of(reason.Code(code)).Severity {
	case reason.Warning:
		return "danger"
	case reason.Notice:
		return "warning"
	default:
		return "secondary"
	}
}

func userTone(s models.UserStatus) string {
	switch s {
	case models.UserActive:
		return "success"
	case models.UserLocked:
		return "warning"
	default:
		return "secondary"
	}
}

func applicationTone(s models.ApplicationStatus) string {
	if s == models.ApplicationActive {
		return "success"
	}
	return "secondary"
}

func tenantTone(s models.TenantStatus) string {
	if s == models.TenantActive {
		return "success"
	}
	return "warning"
}

// Fix is a way to mend what was refused: a link, or a deed when Post is set.
type Fix struct {
	Name string // console.fix.<name>
	URL  string
	Post bool
}

// filter is the address of the list with one filter set.
func (l List) filter(name, value string) string { return ui.Query(l.At, name, value) }

// chip is one choice of a filter.
func (l List) chip(label, name, value, current string) ui.Chip {
	return ui.Chip{Label: label, URL: l.filter(name, value), Active: value == current}
}
