package console

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"gatehouse/models"
	"gatehouse/reason"
	views "gatehouse/views/console"
)

// applicationTryDevice begins the request of a device in the application's
// name, as its device would, and shows what the device would show. Nobody
// fetches the tokens: the sign-in itself is what is tried.
func (c *Console) applicationTryDevice(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	a, err := c.application(v, "overview")
	if err != nil {
		return err
	}
	if !a.Row.MayUse(models.GrantDeviceCode) {
		return reason.New(reason.OAuthGrantNotAllowed)
	}
	codes, err := c.Tokens.NewDevice(v.ctx, v.in, models.DeviceCode{ApplicationID: a.Row.ID, Scope: a.Row.Scope})
	if err != nil {
		return err
	}
	return v.doneWith("", codes.User, views.At(v.tenant, "applications", a.Row.ID, "device"))
}

// applicationDevice shows the code once, as a device would.
func (c *Console) applicationDevice(v *visit) error {
	a, err := c.application(v, "overview")
	if err != nil {
		return err
	}
	d := views.TriedDevice{Application: a, Code: a.Secret, At: a.Base + "/device"}
	d.Secret = ""
	if d.Code != "" {
		d.Complete = d.At + "?user_code=" + d.Code
		if d.QR, err = quickResponse(d.Complete); err != nil {
			return err
		}
	}
	return v.show(views.ApplicationDevice(c.applicationShell(v, a), d))
}

// quiet is the margin of a QR code, in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// quickResponse draws a text as a QR code: one square for each dark module.
func quickResponse(text string) (views.QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return views.QR{}, err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				_, _ = fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet) // a Builder never fails
			}
		}
	}
	return views.QR{Path: path.String(), Size: code.Size + 2*quiet}, nil
}
