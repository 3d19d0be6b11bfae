package console

import (
	"context"
	"net/url"

	"gatehouse/views/ui"
)

// Dashboard is a tenant's first page.
type Dashboard struct {
	Days      []Day // the last seven, oldest first
	Now       Week
	Before    Week
	Users     int64 // active users of the week
	NewUsers  int64
	Reasons   []ReasonCount
	Funnel    []Stage
	Checklist []Task
}

// Day is one day of the chart.
type Day struct {
	Label             string
	Succeeded, Failed int64
}

// Week is the sum of seven days.
type Week struct{ Succeeded, Failed, Users int64 }

// rate is the share of sign-ins that succeeded, in percent.
func (w Week) rate() int { return ui.Share(int(w.Succeeded), int(w.Succeeded+w.Failed)) }

// share shows the rate. Where nobody signed in there is none.
func (w Week) share() string {
	if w.Succeeded+w.Failed == 0 {
		return "–"
	}
	return ui.Number(w.rate()) + " %"
}

// ReasonCount says how often a reason refused.
type ReasonCount struct {
	Reason string
	Count  int64
}

// Stage is one step of the funnel.
type Stage struct {
	Name  string
	Count int64
}

// Task is one line of the set-up list.
type Task struct {
	Name, URL string
	Done      bool
}

func (d Dashboard) chart(ctx context.Context) ui.Chart {
	c := ui.Chart{Title: ui.T(ctx, "console.dashboard.sign_ins")}
	ok := ui.Line{Label: ui.T(ctx, "console.outcome.success"), Class: "good"}
	bad := ui.Line{Label: ui.T(ctx, "console.outcome.failure"), Class: "bad"}
	for _, day := range d.Days {
		c.Points = append(c.Points, day.Label)
		ok.Values = append(ok.Values, int(day.Succeeded))
		bad.Values = append(bad.Values, int(day.Failed))
	}
	c.Lines = []ui.Line{ok, bad}
	return c
}

// trend compares with the week before: up, down or even.
func trend(now, before int64) string {
	switch {
	case now > before:
		return "up"
	case now < before:
		return "down"
	default:
		return "even"
	}
}

func trendIcon(now, before int64) string {
	switch trend(now, before) {
	case "up":
		return "trending-up"
	case "down":
		return "trending-down"
	default:
		return "circle-minus"
	}
}

func (d Dashboard) open() bool {
	for _, t := range d.Checklist {
		if !t.Done {
			return true
		}
	}
	return false
}

func reasonQuery(at, reason string) string {
	return at + "?outcome=failure&reason=" + url.QueryEscape(reason)
}

func (d Dashboard) mostReasons() int {
	most := int64(1)
	for _, r := range d.Reasons {
		most = max(most, r.Count)
	}
	return int(most)
}

func (d Dashboard) started() int {
	if len(d.Funnel) == 0 {
		return 0
	}
	return int(d.Funnel[0].Count)
}
