package console

import (
	"context"
	"strings"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// AttemptCard is one attempt with all that staff need to explain it.
type AttemptCard struct {
	Row             models.Attempt
	UserName        string // empty: nobody we know
	ApplicationName string
	Fixes           []Fix
}

// Attempts is the list of a tenant's attempts.
type Attempts struct {
	List
	Rows                            []AttemptCard
	Outcome, Kind, Reason, IP, User string
}

func (a AttemptCard) failed() bool { return a.Row.Outcome == "failure" }

// who is the user, or what kind of name was typed.
func (a AttemptCard) who(ctx context.Context) string {
	switch {
	case a.UserName != "":
		return a.UserName
	case a.Row.IdentifierClass != "":
		return ui.TOr(ctx, "console.attempt.typed."+a.Row.IdentifierClass, a.Row.IdentifierClass)
	default:
		return ui.T(ctx, "console.attempt.nobody")
	}
}

func (a AttemptCard) application() string {
	if a.ApplicationName != "" {
		return a.ApplicationName
	}
	return a.Row.ClientID
}

func (a AttemptCard) title(ctx context.Context) string {
	return ui.TOr(ctx, "console.attempt.kind."+a.Row.Kind, a.Row.Kind)
}

func (a Attempts) kindChips(ctx context.Context) []ui.Chip {
	chips := []ui.Chip{a.chip(ui.T(ctx, "console.all"), "kind", "", a.Kind)}
	for _, k := range []string{"sign_in", "sign_up", "authorize", "token"} {
		chips = append(chips, a.chip(ui.T(ctx, "console.attempt.kind."+k), "kind", k, a.Kind))
	}
	return chips
}

func stepMark(verdict string) (class, icon string) {
	switch verdict {
	case "passed":
		return "mark passed", "check"
	case "failed":
		return "mark failed", "x"
	default:
		return "mark asked", "point"
	}
}

func stepClass(verdict string) string { class, _ := stepMark(verdict); return class }

func stepIcon(verdict string) string { _, icon := stepMark(verdict); return icon }

func millis(micros int64) string {
	if micros < 1000 {
		return "< 1 ms"
	}
	return ui.Number(int(micros/1000)) + " ms"
}

// device names browser and system of a user agent, roughly: enough to tell two
// apart.
func device(agent string) string {
	browser := first(agent, [][2]string{{"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}, {"curl", "curl"}, {"Go-http", "Go"}, {"node", "Node.js"}})
	system := first(agent, [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser != "" && system != "":
		return browser + " · " + system
	case browser+system != "":
		return browser + system
	case agent != "":
		return strings.ToValidUTF8(agent[:min(len(agent), 40)], "")
	default:
		return "–"
	}
}

func first(text string, known [][2]string) string {
	for _, k := range known {
		if strings.Contains(text, k[0]) {
			return k[1]
		}
	}
	return ""
}
