package console

import (
	"encoding/json"
	"time"

	"gatehouse/handlers/web"
	views "gatehouse/views/console"
)

// note is what a deed has the next page say. It travels sealed and for a short
// while, bound to the session, since it may hold a secret.
type note struct {
	Tone   string `json:"t"`
	Done   string `json:"d,omitempty"` // console.done.<done>
	Once   string `json:"s,omitempty"` // a secret, shown this once
	Holder string `json:"h"`
}

const (
	noteCookie  = "gatehouse_note"
	notePurpose = "console note"
	noteLife    = 2 * time.Minute
)

// leave puts a note into the browser for the next page.
func (v *visit) leave(n note) {
	n.Holder = v.r.Token(v.holder)
	raw, err := json.Marshal(n)
	if err != nil {
		return // strings always marshal
	}
	until := v.console.Now().Add(noteLife)
	v.r.SetCookie(noteCookie, v.console.K.Token(notePurpose, v.console.System, raw, until), web.Strict, until)
}

// find takes the note that the last deed left, once. What the browser loads
// beside a page leaves it alone.
func (v *visit) find() {
	text := v.r.Cookie(noteCookie)
	if text == "" || v.r.Method() != "GET" {
		return
	}
	raw, err := v.console.K.OpenToken(notePurpose, v.console.System, text, v.console.Now())
	var n note
	if err != nil || json.Unmarshal(raw, &n) != nil || n.Holder != v.r.Token(v.holder) {
		v.r.DropCookie(noteCookie, web.Strict)
		return
	}
	v.r.DropCookie(noteCookie, web.Strict)
	v.secret = n.Once
	if n.Done != "" && v.say.Has("console.done."+n.Done) {
		v.flash = views.Flash{Tone: n.Tone, Text: v.t("console.done." + n.Done)}
	}
}
