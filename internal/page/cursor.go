package page

import (
	"encoding/json"
	"errors"
	"time"
)

// Life is how long a cursor opens.
const Life = 24 * time.Hour

// purpose keeps cursors apart from every other sealed token (R121).
const purpose = "page cursor"

// ErrCursor says that a cursor was not made here for this tenant and list, or
// is too old. It is never told which.
var ErrCursor = errors.New("page: cursor is not valid for this list")

// Sealer seals cursors; *seal.Keyring is one.
type Sealer interface {
	Token(purpose, tenant string, payload []byte, expires time.Time) string
	OpenToken(purpose, tenant, token string, now time.Time) ([]byte, error)
}

// Cursor is the place behind the last item of a page: the values of the
// sorting columns, most significant first, the unique id last. They are values
// for placeholders, never names of columns.
type Cursor struct {
	Keys []string
}

// sealed is what travels: the route is inside so that a cursor of one list,
// order or filter is refused by another.
type sealed struct {
	Route string   `json:"r"`
	Keys  []string `json:"k"`
}

// Encode seals a cursor for one tenant and one list. Route names the list with
// everything that changes its order or content: sort, filter, and the
// principal where lists differ by principal. The cursor opens for Life from
// now.
func Encode(k Sealer, tenant, route string, c Cursor, now time.Time) string {
	payload, err := json.Marshal(sealed{Route: route, Keys: c.Keys})
	if err != nil {
		return "" // strings always marshal
	}
	return k.Token(purpose, tenant, payload, now.Add(Life))
}

// Decode opens a cursor that Encode made for the same tenant and route. The
// empty string is the first page: the zero Cursor. Anything else is ErrCursor.
func Decode(k Sealer, tenant, route, cursor string, now time.Time) (Cursor, error) {
	if cursor == "" {
		return Cursor{}, nil
	}
	payload, err := k.OpenToken(purpose, tenant, cursor, now)
	if err != nil {
		return Cursor{}, ErrCursor
	}
	var s sealed
	if err := json.Unmarshal(payload, &s); err != nil || s.Route != route {
		return Cursor{}, ErrCursor
	}
	return Cursor{Keys: s.Keys}, nil
}

// IsZero tells that the cursor stands before the first item.
func (c Cursor) IsZero() bool { return len(c.Keys) == 0 }
