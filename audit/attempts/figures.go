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
	Users     int64 // distinct users who signed in
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
