package authorize

import (
	"encoding/base64"

	"gatehouse/reason"
)

// thumbprintBytes is the length of a SHA-256 (RFC 7638 §3).
const thumbprintBytes = 32

// bound reads the key that the code is bound to. Tokens that go by the browser
// cannot be bound, so whose tokens have to be gets none (RFC 9449 §5.2, RFC 8705 §3.4).
func bound(in Input, r *Request) *reason.Error {
	if r.Gives(PartToken) && in.Application.Options.V.MustBind() {
		return reason.New(reason.OAuthGrantNotAllowed)
	}
	r.JKT = in.Values.Get("dpop_jkt")
	if r.JKT == "" {
		return nil
	}
	if sum, err := base64.RawURLEncoding.Strict().DecodeString(r.JKT); err != nil || len(sum) != thumbprintBytes {
		return reason.New(reason.OAuthRequestInvalid).On("dpop_jkt", reason.InputFormat, "")
	}
	return nil
}
