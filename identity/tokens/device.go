package tokens

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"gatehouse/internal/secret"
	"gatehouse/models"
	"gatehouse/reason"
	"gatehouse/store"
)

// DeviceLife is how long a device waits for its user; PollInterval is how long
// it waits between two polls at first, and how much longer after each that came
// too early (RFC 8628 §3.2 and §3.5).
const (
	DeviceLife   = 10 * time.Minute
	PollInterval = 5 * time.Second
)

// pollSlack forgives a poll whose predecessor was slow on its way.
const pollSlack = time.Second

const devicePrefix = "gtd_"

// userCodeLetters are the letters of user codes: no vowels, so that no words
// appear, and none that is taken for another (RFC 8628 §6.1). Eight of them
// are 34 bits (R43).
const (
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
)

// DeviceCodes are what a device gets: the code that it keeps, and the one that
// it shows.
type DeviceCodes struct {
	Device, User string
}

// NewDevice stores a device's request and returns its codes. Id, hashes, status
// and times of the row are set here.
func (m *Mint) NewDevice(ctx context.Context, w store.Writer, d models.DeviceCode) (DeviceCodes, error) {
	const tries = 3 // a user code that somebody else has just now is not worth a failure
	for try := 1; ; try++ {
		codes := DeviceCodes{Device: secret.Random(devicePrefix, randomBytes).Reveal(), User: newUserCode()}
		now := m.now()
		d.ID, d.Hash, d.UserCode = store.NewID(), hash(codes.Device), m.userCodeMAC(w.ID(), codes.User)
		d.Status, d.IntervalSeconds = models.RequestPending, int(PollInterval/time.Second)
		d.AMR = models.AsJSON([]string{})
		d.CreatedAt, d.ExpiresAt = models.At(now), models.At(now.Add(DeviceLife))
		err := w.Write(ctx, func(tx *store.Tx) error { return insertDevice(ctx, tx, &d) })
		if err == nil || try == tries || !store.Taken(err) {
			return codes, err
		}
	}
}

// newUserCode draws letters without bias: bytes beyond the last whole multiple
// of the alphabet are drawn again.
func newUserCode() string {
	const fair = 256 - 256%len(userCodeLetters)
	code := make([]byte, 0, userCodeLength+1)
	for b := make([]byte, 1); len(code) < userCodeLength+1; {
		if len(code) == userCodeLength/2 {
			code = append(code, '-')
		}
		_, _ = rand.Read(b) // never fails (R127)
		if int(b[0]) < fair {
			code = append(code, userCodeLetters[int(b[0])%len(userCodeLetters)])
		}
	}
	return string(code)
}

// UserCode reads a user code as people type it, in any case, with or without
// hyphen and spaces, into the form in which devices show it (RFC 8628 §6.1).
// It is empty for what is none.
func UserCode(typed string) string {
	code := make([]rune, 0, userCodeLength)
	for _, c := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(" -–—‑_.\t\u00a0", c):
		case !strings.ContainsRune(userCodeLetters, c) || len(code) == userCodeLength:
			return ""
		default:
			code = append(code, c)
		}
	}
	if len(code) != userCodeLength {
		return ""
	}
	return string(code[:userCodeLength/2]) + "-" + string(code[userCodeLength/2:])
}

func (m *Mint) userCodeMAC(tenantID, code string) []byte {
	return m.k.MAC("user code", []byte(tenantID), []byte(code))
}

// DeviceOf returns the request that waits for the user who typed the code. It
// returns reason.DeviceCodeUnknown, whatever the code lacks.
func (m *Mint) DeviceOf(ctx context.Context, r store.Reader, typed string) (*models.DeviceCode, error) {
	code := UserCode(typed)
	if code == "" {
		return nil, reason.New(reason.DeviceCodeUnknown)
	}
	d, err := deviceByUserCode(ctx, r, m.userCodeMAC(r.ID(), code))
	return m.waiting(d, err)
}

// Device returns a request that waits for its user, by its id. It returns
// reason.DeviceCodeUnknown.
func (m *Mint) Device(ctx context.Context, r store.Reader, id string) (*models.DeviceCode, error) {
	d, err := deviceByID(ctx, r, id)
	return m.waiting(d, err)
}

func (m *Mint) waiting(d *models.DeviceCode, err error) (*models.DeviceCode, error) {
	if store.NotFound(err) || err == nil && (d.Status != models.RequestPending || !m.now().Before(d.ExpiresAt.Time)) {
		return nil, reason.New(reason.DeviceCodeUnknown)
	}
	return d, err
}

// AllowDevice lets a device have tokens by a user's session. It returns
// reason.DeviceCodeUnknown where the request no longer waits.
func (m *Mint) AllowDevice(ctx context.Context, tx *store.Tx, id string, s *models.Session) error {
	return m.answerDevice(ctx, tx, id, map[string]any{
		"status": models.RequestAllowed, "user_id": s.UserID, "session_id": s.ID,
		"auth_time": s.AuthTime, "amr": s.AMR, "acr": s.ACR,
	})
}

// DenyDevice refuses a device. It returns reason.DeviceCodeUnknown.
func (m *Mint) DenyDevice(ctx context.Context, tx *store.Tx, id string) error {
	return m.answerDevice(ctx, tx, id, map[string]any{"status": models.RequestDenied})
}

func (m *Mint) answerDevice(ctx context.Context, tx *store.Tx, id string, set map[string]any) error {
	first, err := moveDevice(ctx, tx, id, models.RequestPending, set, models.At(m.now()))
	if err == nil && !first {
		return reason.New(reason.DeviceCodeUnknown)
	}
	return err
}

// PollDevice looks what became of a device's request and takes it, once, where
// the user allowed it. The second result is what the device has to be told
// instead, and comes in a transaction that commits: OAuthPending, OAuthSlowDown.
// It returns OAuthDeviceUnknown, OAuthRequestExpired or OAuthRequestDenied.
func (m *Mint) PollDevice(ctx context.Context, tx *store.Tx, code, applicationID string) (*models.DeviceCode, *reason.Error, error) {
	d, err := deviceByHash(ctx, tx, hash(code))
	switch {
	case store.NotFound(err), err == nil && (d.ApplicationID != applicationID || d.Status == models.RequestUsed):
		return nil, nil, reason.New(reason.OAuthDeviceUnknown)
	case err != nil:
		return nil, nil, err
	case !m.now().Before(d.ExpiresAt.Time):
		return nil, nil, reason.New(reason.OAuthRequestExpired)
	case d.Status == models.RequestDenied:
		return nil, nil, reason.New(reason.OAuthRequestDenied)
	case d.Status == models.RequestPending:
		again, err := m.polled(ctx, tx, d)
		return nil, again, err
	}
	first, err := moveDevice(ctx, tx, d.ID, models.RequestAllowed, map[string]any{"status": models.RequestUsed}, models.At(m.now()))
	if err == nil && !first {
		return nil, nil, reason.New(reason.OAuthDeviceUnknown)
	}
	return d, nil, err
}

// polled counts a poll: one that comes too early makes all that follow wait
// longer (RFC 8628 §3.5).
func (m *Mint) polled(ctx context.Context, tx *store.Tx, d *models.DeviceCode) (*reason.Error, error) {
	told, wait := reason.New(reason.OAuthPending), time.Duration(d.IntervalSeconds)*time.Second
	if tooEarly(m.now(), d.PolledAt, wait) {
		told, wait = reason.New(reason.OAuthSlowDown), wait+PollInterval
	}
	return told, stampDevice(ctx, tx, d.ID, int(wait/time.Second), models.At(m.now()))
}

// tooEarly reports whether a poll follows the one before it too closely.
func tooEarly(now time.Time, before models.Time, wait time.Duration) bool {
	return !before.IsZero() && now.Sub(before.Time) < wait-pollSlack
}
