package attempts

import (
	"context"
	"time"

	"gatehouse/audit"
	"gatehouse/store"
)

// Summary is what a dashboard shows of the sign-ins of some days.
type Summary struct {
	Succeeded int64
	Failed    int64
	Users     int64 // distinct users who signed in or created their account
	Days      []Day // every day of the time, oldest first
	Reasons   []ReasonCount
}

// Day counts the sign-ins of one day in UTC.
type Day struct {
	Date      time.Time
	Succeeded int64
	Failed    int64
}

// ReasonCount says how often a reason refused a sign-in.
type ReasonCount struct {
	Reason string
	Count  int64
}

const (
	maxDays    = 92
	topReasons = 5
)

// Figures counts the sign-ins from a time (inclusive) to another (exclusive),
// at most 92 days of them, the newest.
func Figures(ctx context.Context, r store.Reader, from, to time.Time) (Summary, error) {
	if oldest := to.AddDate(0, 0, -maxDays); from.Before(oldest) {
		from = oldest
	}
	counts, err := countByDay(ctx, r, from, to)
	if err != nil {
		return Summary{}, err
	}
	s := fold(counts, from, to)
	if s.Users, err = countUsers(ctx, r, from, to); err != nil {
		return Summary{}, err
	}
	s.Reasons, err = countReasons(ctx, r, from, to, topReasons)
	return s, err
}

// Funnel says how far the sign-ins of a time came. No stage is wider than the
// one before.
type Funnel struct {
	Started       int64
	Identified    int64 // somebody was meant
	Authenticated int64
	Consented     int64 // and did not deny the application its consent
	Redeemed      int64 // and the application fetched tokens
}

// Funnel counts on from the summary of the same time: who was recognised, and
// by the log's events which sessions denied a consent and which were given
// tokens for.
func (s Summary) Funnel(ctx context.Context, r store.Reader, from, to time.Time) (Funnel, error) {
	f := Funnel{Started: s.Succeeded + s.Failed, Authenticated: s.Succeeded}
	identified, err := countIdentified(ctx, r, from, to)
	if err != nil {
		return f, err
	}
	denied, err := audit.Sessions(ctx, r, audit.ConsentDenied, from, to)
	if err != nil {
		return f, err
	}
	redeemed, err := audit.Sessions(ctx, r, audit.TokenIssued, from, to)
	if err != nil {
		return f, err
	}
	f.Identified = max(min(identified, f.Started), f.Authenticated)
	// Who denied one application may have allowed another. Sessions of earlier
	// days are given tokens for, too: they did not begin here.
	f.Redeemed = min(redeemed, f.Authenticated)
	f.Consented = max(f.Authenticated-denied, f.Redeemed)
	return f, nil
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// fold puts the counts into a calendar without gaps.
func fold(counts []dayCount, from, to time.Time) Summary {
	s := Summary{Days: []Day{}}
	first := from.UnixMicro() / dayMicros
	for day := first; day*dayMicros < to.UnixMicro(); day++ {
		s.Days = append(s.Days, Day{Date: time.UnixMicro(day * dayMicros).UTC()})
	}
	for _, c := range counts {
		i := c.Day - first
		if i < 0 || i >= int64(len(s.Days)) {
			continue
		}
		if c.Outcome == audit.Success {
			s.Days[i].Succeeded += c.Count
			s.Succeeded += c.Count
			continue
		}
		s.Days[i].Failed += c.Count
		s.Failed += c.Count
	}
	return s
}
