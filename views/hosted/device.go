package hosted

import "gatehouse/reason"

// Device is the page on which the code of a device is typed.
type Device struct {
	Code  string      // as it was typed, or came with the address
	Wrong reason.Code // what is wrong with it; empty: nothing yet
}

// DeviceQuestion is the page that asks whether a device may have access.
type DeviceQuestion struct {
	Consent
	Code string // for comparing
}

// DeviceDone is the page after the answer.
type DeviceDone struct {
	Allowed bool
	Another string // where the next device is connected
}

func (d DeviceDone) title(p Page) string {
	if d.Allowed {
		return p.Say.T("hosted.device.done.title")
	}
	return p.Say.T("hosted.device.denied.title")
}

func (d DeviceDone) lead(p Page) string {
	if d.Allowed {
		return p.Say.T("hosted.device.done.lead")
	}
	return p.Say.T("hosted.device.denied.lead")
}
