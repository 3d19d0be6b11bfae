package hosted_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/identity/sessions"
	"gatehouse/internal/page"
)

// names are the accounts that a page offers, in its order.
func (v view) names() string {
	var all []string
	for _, one := range v.Find(".accounts .choice strong").EachIter() {
		all = append(all, one.Text())
	}
	return strings.Join(all, " ")
}

// choose presses the button of an account.
func (h *house) choose(v view, name string) view {
	h.t.Helper()
	for _, button := range v.Find(".accounts .choice").EachIter() {
		if button.Find("strong").Text() == name {
			return h.submit(v, "form.fields", url.Values{"account": {button.AttrOr("value", "")}})
		}
	}
	h.t.Fatalf("no %s among %q: %s", name, v.names(), v.text("main"))
	return view{}
}

// leave presses the button beside it.
func (h *house) leave(v view, name string) view {
	h.t.Helper()
	for _, row := range v.Find(".accounts li").EachIter() {
		if row.Find("strong").Text() == name {
			return h.submit(v, "form#leave", url.Values{"account": {row.Find("button.quiet").AttrOr("value", "")}})
		}
	}
	h.t.Fatalf("no %s among %q", name, v.names())
	return view{}
}

// join signs one more user in, by the chooser.
func (h *house) join(name string) view {
	h.t.Helper()
	h.now = h.now.Add(2 * time.Second) // later than the sign-in before, which would answer
	page := h.submit(h.get(own("prompt", "select_account")), "form.fields", url.Values{"action": {"another"}})
	if page.url.Path != "/sign-in" || page.Find(`input[type="password"]`).Length() != 1 {
		h.t.Fatalf("%d %s: %s", page.status, page.url.Path, page.text("main"))
	}
	return h.submit(page, "form.fields", form(name, correct))
}

// who is signed in, as the account page says.
func (h *house) who() string { return h.get("/account").text("h1 bdi") }

// OpenID Connect Core §3.1.2.1: select_account offers the accounts that the
// browser is signed in to, and another; what is chosen answers, and stays.
func TestAccountChooser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		first := h.get(own("prompt", "select_account"))
		if first.Find(`input[type="password"]`).Length() != 1 {
			t.Fatalf("nobody is signed in: %s", first.text("main"))
		}
		h.submit(first, "form.fields", form("ada", correct)).with(t, "ada", "code")
		h.now = h.now.Add(2 * time.Second)
		if one := h.get(own("prompt", "select_account")); one.names() != "ada" || one.text("h1") != "Choose an account for Own" {
			t.Errorf("one: %s", one.text("main"))
		}
		h.join("bob").with(t, "bob", "code")
		h.now = h.now.Add(2 * time.Second)
		both := h.get(own("prompt", "select_account"))
		if both.names() != "bob ada" || both.text(".accounts .badge") != "In use" {
			t.Errorf("both: %q, %s", both.names(), both.text(".accounts"))
		}
		if h.who() != "bob" {
			t.Error("the latest is not in use")
		}
		h.choose(both, "ada").with(t, "chosen", "code")
		if h.who() != "ada" {
			t.Error("the chosen one is not in use")
		}
		h.get(own()).with(t, "goes on", "code")
		p, err := audit.Timeline(t.Context(), h.tenant, audit.Filter{Action: audit.SessionChosen}, page.Request{})
		if err != nil || len(p.Items) != 1 || p.Items[0].UserID != h.ada.ID {
			t.Errorf("%+v, %v", p.Items, err)
		}
	})
}

// A hint that names another account of the browser leads to the chooser, with
// that one first; one that names nobody here does not.
func TestHintsLeadToTheChooser(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		h.submit(h.get(own()), "form.fields", form("ada", correct)).with(t, "ada", "code")
		h.join("bob").with(t, "bob", "code")
		h.now = h.now.Add(2 * time.Second)
		for _, hint := range []string{"bob", "BOB", "nobody", "carol@example.com"} {
			h.get(own("login_hint", hint)).with(t, hint, "code")
		}
		asked := h.get(own("login_hint", "Ada"))
		if asked.names() != "ada bob" {
			t.Fatalf("%d %q: %s", asked.status, asked.names(), asked.text("main"))
		}
		h.choose(asked, "bob").with(t, "but bob", "code")
		h.now = h.now.Add(2 * time.Second)
		h.choose(h.get(own("login_hint", "ada")), "ada").with(t, "ada", "code")
		h.now = h.now.Add(2 * time.Second)
		again := h.choose(h.get(own("prompt", "login select_account")), "bob")
		if name := again.Find(`input[name="username"]`).AttrOr("value", ""); name != "bob" || again.Find(`input[type="password"]`).Length() != 1 {
			t.Fatalf("he has to prove himself: %q %s", name, again.text("main"))
		}
		h.submit(again, "form.fields", form("bob", correct)).with(t, "proved", "code")
	})
}

// Signing out of one account leaves the others, and puts none of them in its
// place: its user says so (R64).
func TestSigningOutOfOneAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		h.person("carol")
		h.submit(h.get(own()), "form.fields", form("ada", correct))
		h.join("bob")
		h.join("carol")
		h.now = h.now.Add(2 * time.Second)
		left := h.leave(h.get(own("prompt", "select_account")), "carol")
		if left.names() != "bob ada" || left.text(".accounts .badge") != "" {
			t.Fatalf("%d %s: %s", left.status, left.url.Path, left.text("main"))
		}
		h.get(own("prompt", "none")).with(t, "none in use", "error")
		if to := h.get(own("prompt", "none")).url.Query().Get("error"); to != "account_selection_required" {
			t.Errorf("none in use: %q", to)
		}
		if page := h.get("/account"); page.names() != "bob ada" {
			t.Errorf("the account: %s", page.text("main"))
		}
		if page := h.get(own()); page.names() != "bob ada" {
			t.Errorf("a request: %s", page.text("main"))
		}
		h.choose(left, "bob").with(t, "bob", "code")
		ask := h.get("/sign-out")
		if ask.Find(".sessions li").Length() != 2 {
			t.Fatalf("%s", ask.text("main"))
		}
		one := h.submit(ask, "main form", url.Values{"account": {ask.Find(`.sessions li:nth-child(2) button`).AttrOr("value", "")}})
		if one.url.Path != "/signed-out" || h.who() != "bob" {
			t.Errorf("%s, %s is left", one.url.Path, h.who())
		}
		h.submit(h.get("/account"), `form[action$="/account/sign-out"]`, url.Values{})
		if page := h.get("/account"); page.Find(`input[type="password"]`).Length() != 1 {
			t.Errorf("after the last: %s", page.text("main"))
		}
	})
}

// R45, R64: whoever signs out is signed out, also where he had proved himself
// several times in this browser, so that applications hold sessions and tokens
// of his that the browser does not. Other browsers and accounts stay.
func TestSigningOutEndsEarlierProofs_R64(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		live := func() int {
			all, err := h.sessions.List(t.Context(), h.tenant, sessions.Filter{UserID: h.ada.ID, Live: true}, page.Request{})
			if err != nil {
				t.Fatal(err)
			}
			return len(all.Items)
		}
		prove := func() {
			h.now = h.now.Add(2 * time.Second)
			h.submit(h.get(own("prompt", "login")), "form.fields", form("ada", correct)).with(t, "ada", "code")
		}
		prove()
		h.client = h.browser() // another one
		prove()
		prove()
		h.join("bob").with(t, "bob", "code")
		prove()
		if n := live(); n != 4 {
			t.Fatalf("%d sessions", n)
		}
		ask := h.get("/sign-out")
		h.submit(ask, "main form", url.Values{"account": {ask.Find(`.sessions li:first-child button`).AttrOr("value", "")}})
		if n := live(); n != 1 {
			t.Errorf("%d sessions live on", n)
		}
		h.choose(h.get(own()), "bob").with(t, "bob is there", "code")
	})
}

// All accounts go at once where that is said.
func TestSigningOutOfAll(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		h.submit(h.get(own()), "form.fields", form("ada", correct))
		h.join("bob")
		account := h.get("/account")
		if account.Find(`a[href$="/account/switch"]`).Length() != 1 || account.Find(`a[href$="/sign-out"]`).Length() != 1 {
			t.Errorf("%s", account.text("main"))
		}
		if page := h.get("/account/switch"); page.names() != "bob ada" {
			t.Errorf("%s", page.text("main"))
		}
		h.now = h.now.Add(2 * time.Second)
		choice := h.get(own("prompt", "select_account"))
		if choice.Find(`form#leave button[value="all"]`).Length() != 1 {
			t.Fatalf("%s", choice.text("main"))
		}
		left := h.submit(choice, "form#leave", url.Values{"account": {"all"}})
		if left.Find(`input[type="password"]`).Length() != 1 || left.names() != "" {
			t.Errorf("nobody is left, and the request goes on: %s %s", left.url.Path, left.text("main"))
		}
		h.submit(left, "form.fields", form("ada", correct)).with(t, "ada again", "code")
		h.now = h.now.Add(2 * time.Second)
		if one := h.get(own("prompt", "select_account")); one.Find(`form#leave button[value="all"]`).Length() != 0 {
			t.Error("all of one")
		}
		h.join("bob")
		h.submit(h.get("/sign-out"), "main form", url.Values{"account": {"all"}})
		if page := h.get(own()); page.names() != "" || page.Find(`input[type="password"]`).Length() != 1 || page.Find(`button[value="accounts"]`).Length() != 0 {
			t.Errorf("%s", page.text("main"))
		}
	})
}

// The sign-in page leads to the accounts of the browser, and they lead back; one
// that has ended meanwhile is none, and nobody else's can be named (R4).
func TestSignInOffersAccounts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.own()
		h.person("bob")
		h.submit(h.get(own()), "form.fields", form("ada", correct))
		h.now = h.now.Add(2 * time.Second)
		ask := h.get("/sign-in")
		if ask.Find(`button[value="accounts"]`).Length() != 1 {
			t.Fatalf("%s", ask.text("main"))
		}
		list := h.submit(ask, "form.fields", url.Values{"action": {"accounts"}, "username": {"x"}, "password": {""}})
		if list.names() != "ada" {
			t.Fatalf("%d %s", list.status, list.text("main"))
		}
		if wrong := h.submit(list, "form.fields", url.Values{"account": {"somebody else's"}}); wrong.names() != "ada" || wrong.text(`[role="alert"]`) == "" {
			t.Errorf("%d %s", wrong.status, wrong.text("main"))
		}
		back := h.submit(list, "form.fields", url.Values{"action": {"another"}})
		if back.Find(`input[type="password"]`).Length() != 1 {
			t.Errorf("%s", back.text("main"))
		}
		if page := h.get(own("prompt", "login")); page.Find(`button[value="accounts"]`).Length() != 0 {
			t.Error("prompt=login offers what would not do")
		}
		h.now = h.now.Add(31 * 24 * time.Hour)
		if page := h.get("/sign-in"); page.Find(`button[value="accounts"]`).Length() != 0 {
			t.Errorf("ended: %s", page.text("main"))
		}
	})
}
