package ui

import (
	"context"
	"strings"
	"time"

	"gatehouse/locales"
)

// Page is what every component of a page may need of its request.
type Page struct {
	Words *locales.Localizer
	// CSRF is the token of the session, sent back by every form (R113).
	CSRF string
	// Nonce lets the page's scripts run (R110).
	Nonce string
	// At is the address of the page with its query, for coming back.
	At  string
	Now time.Time
}

type pageKey struct{}

// With returns a context in which components find the page.
func With(ctx context.Context, p Page) context.Context { return context.WithValue(ctx, pageKey{}, p) }

// Of returns the page of the context; an English one outside of a page.
func Of(ctx context.Context) Page {
	p, ok := ctx.Value(pageKey{}).(Page)
	if !ok || p.Words == nil {
		p.Words = locales.For()
	}
	return p
}

// Lang is the language of the page, BCP 47.
func Lang(ctx context.Context) string { return Of(ctx).Words.Tag() }

// T says the text of key in the page's language. Pairs are the names and
// values that it fills in.
func T(ctx context.Context, key string, pairs ...any) string {
	return Of(ctx).Words.T(key, pairs...)
}

// N says the text of key in the form that fits n, which it fills in as Count.
func N(ctx context.Context, key string, n int, pairs ...any) string {
	return Of(ctx).Words.T(key, append(pairs, "Count", n)...)
}

// TOr says the text of key, or fallback where the language has none.
func TOr(ctx context.Context, key, fallback string) string {
	w := Of(ctx).Words
	if !w.Has(key) {
		return fallback
	}
	return w.T(key)
}

// RTL reports whether the page is written from right to left.
func RTL(ctx context.Context) bool { return Of(ctx).Words.Dir() == "rtl" }

// Number writes n with thin spaces between thousands, as every language reads
// it.
func Number(n int) string {
	digits := itoa(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}
