package console

import (
	"context"
	"strconv"

	"gatehouse/models"
	"gatehouse/views/ui"
)

// Notice tells that an application was to hear of the end of a session, and
// what became of it.
type Notice struct {
	Row             models.LogoutNotice
	ApplicationName string
}

var noticeColours = map[models.LogoutStatus]string{
	models.LogoutWaiting: "warning", models.LogoutTold: "success", models.LogoutFailed: "danger",
	models.LogoutShown: "success", models.LogoutUnshown: "secondary",
}

func (n Notice) colour() string { return noticeColours[n.Row.Status] }

// again reports whether staff can have the application called once more.
func (n Notice) again() bool {
	return n.Row.Channel == models.LogoutBack && n.Row.Status != models.LogoutTold
}

func (n Notice) tries(ctx context.Context) string {
	if n.Row.Attempts == 0 {
		return ""
	}
	said := ui.N(ctx, "console.logout.attempts", int(n.Row.Attempts))
	if n.Row.Answer != 0 {
		said += " · " + ui.T(ctx, "console.logout.answer", "Status", strconv.FormatInt(n.Row.Answer, 10))
	}
	return said
}
