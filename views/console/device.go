package console

import (
	"strconv"
	"strings"

	"gatehouse/models"
)

// TriedDevice is the page that shows what a device would show.
type TriedDevice struct {
	Application
	Code     string // the user code; empty: it was shown already
	At       string // where it is typed
	Complete string // the same address with the code
	QR       QR
}

// QR is a QR code as one path in a square.
type QR struct {
	Path string
	Size int // of the square, in modules
}

func (q QR) box() string { return "0 0 " + strconv.Itoa(q.Size) + " " + strconv.Itoa(q.Size) }

// grantKey is the text of a grant type: its own name without its name space.
func grantKey(grant string) string {
	name := grant[strings.LastIndexByte(grant, ':')+1:]
	return "console.grant." + strings.ReplaceAll(name, "-", "_")
}

// GrantLabels are the texts of the grant types by the fields that choose them.
func GrantLabels() map[string]string {
	all := map[string]string{}
	for _, g := range models.GrantTypes() {
		all["grant."+g] = grantKey(g)
	}
	return all
}
