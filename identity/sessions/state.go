package sessions

import (
	"crypto/sha256"
	"encoding/base64"
)

// State is what scripts of a browser may know of the session whose secret it
// holds: another one for each session, and nothing that leads back to the secret
// (OpenID Connect Session Management 1.0 §3.2, OP browser state). Without a
// session it is empty.
func State(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("browser state\x00" + text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
