package sessions

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// Most is how many sessions a browser holds: its cookie stays small, and the
// list that people choose from readable.
const Most = 5

// between stands between the secrets in a cookie; none of them holds it.
const between = "."

// Bundle is what a browser holds: the secrets of its sessions, which are of
// several users of one tenant. Each lives and ends by itself.
type Bundle struct {
	// Current is the one that answers applications; empty: none does, and the
	// user has to choose.
	Current string
	// Others are those that may be chosen instead, the latest first.
	Others []string
	// Until is when the last of them ends at the latest; zero: the browser keeps
	// none when it is closed, since the user of one of them wants it so.
	Until time.Time
}

// Unpack reads a cookie. What it holds beyond Most is left out.
func Unpack(cookie string) Bundle {
	all := strings.SplitN(cookie, between, Most+2)
	b := Bundle{Current: all[0]}
	for _, text := range all[1:min(len(all), Most+1)] {
		if text != "" && len(b.Others)+1 < Most {
			b.Others = append(b.Others, text)
		}
	}
	return b
}

// Pack is the text of the cookie; empty: there is nothing to hold.
func (b Bundle) Pack() string {
	return strings.Join(append([]string{b.Current}, b.Others...), between)
}

// State is what scripts of the browser may know of the bundle: it is another
// one as soon as a session comes, goes or is chosen (OpenID Connect Session
// Management 1.0 §3.2).
func (b Bundle) State() string { return State(b.Pack()) }

// Held is a live session with the secret by which a browser holds it.
type Held struct {
	models.Session
	Secret  string
	Current bool
}

// Held finds the live sessions of this kind in a bundle, the current one first.
// What has ended, and what never was, is left out.
func (k *Keeper) Held(ctx context.Context, w store.Writer, b Bundle, kind models.SessionKind) ([]Held, error) {
	var all []Held
	for i, text := range append([]string{b.Current}, b.Others...) {
		if text == "" {
			continue
		}
		s, err := k.Find(ctx, w, text, kind)
		switch {
		case err == nil:
			all = append(all, Held{*s, text, i == 0})
		case reason.From(err).Meaning().Kind != reason.Unauthorized:
			return nil, err
		}
	}
	return all, nil
}

// Hold is the bundle of these sessions; current names the one that answers,
// empty: none does.
func Hold(all []Held, current string) Bundle {
	var b Bundle
	for _, h := range all {
		if h.ID == current {
			b.Current = h.Secret
		} else {
			b.Others = append(b.Others, h.Secret)
		}
		if h.ExpiresAt.After(b.Until) {
			b.Until = h.ExpiresAt.Time
		}
	}
	if slices.ContainsFunc(all, func(h Held) bool { return h.Passing }) {
		b.Until = time.Time{}
	}
	return b
}

// Without is the bundle of these sessions after some have ended. Nobody takes
// the place of the current one: whose it is to be, its user says.
func Without(all []Held, gone ...string) Bundle {
	current := ""
	for _, h := range all {
		if h.Current {
			current = h.ID
		}
	}
	left := slices.DeleteFunc(slices.Clone(all), func(h Held) bool { return slices.Contains(gone, h.ID) })
	return Hold(left, current)
}
