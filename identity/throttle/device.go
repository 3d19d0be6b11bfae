package throttle

import (
	"crypto/hmac"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"

	"gatehouse/store"
)

const devicePurpose = "device cookie"

// DeviceToken makes the value of the cookie that marks a browser as one in
// which the user has signed in (R81). It proves nothing but that.
func DeviceToken(k Macer, tenantID, userID string) string {
	body := userID + "." + store.NewID()
	return body + "." + deviceMAC(k, tenantID, body)
}

// Device reads a device cookie: whose device, and which. ok is false for one
// that was not made here for this tenant.
func Device(k Macer, tenantID, token string) (userID, deviceID string, ok bool) {
	parts := strings.Split(token, ".")
	if len(token) > 256 || len(parts) != 3 || uuid.Validate(parts[0]) != nil || uuid.Validate(parts[1]) != nil {
		return "", "", false
	}
	want := deviceMAC(k, tenantID, parts[0]+"."+parts[1])
	if !hmac.Equal([]byte(want), []byte(parts[2])) {
		return "", "", false
	}
	return parts[0], parts[1], true
}

func deviceMAC(k Macer, tenantID, body string) string {
	return base64.RawURLEncoding.EncodeToString(k.MAC(devicePurpose, []byte(tenantID), []byte(body)))
}
