package attempts

import "crypto/rand"

// letters has no two that people confuse: no 0 O, 1 I L, U V.
const letters = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// Reference makes a short name for an attempt that people read out on the
// phone, such as 7K4-Q2M. It is not a secret and may, rarely, be given twice.
func Reference() string {
	out := make([]byte, 0, 7)
	for len(out) < 7 {
		if len(out) == 3 {
			out = append(out, '-')
			continue
		}
		var b [1]byte
		_, _ = rand.Read(b[:]) // crypto/rand.Read never returns an error: it aborts
		// Cut off the uneven end, so that all letters are equally likely.
		if int(b[0]) < 256/len(letters)*len(letters) {
			out = append(out, letters[int(b[0])%len(letters)])
		}
	}
	return string(out)
}
