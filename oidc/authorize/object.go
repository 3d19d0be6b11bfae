package authorize

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/reason"
)

// Object is a request object (RFC 9101, OpenID Connect Core §6) whose signature
// was verified.
type Object struct {
	Type        string // the typ of its header; empty: none
	Payload     []byte
	Application *models.Application
	Issuer      string // the tenant's
	Now         time.Time
}

// typeObject is the typ of request objects (RFC 9101 §10.8).
const typeObject = "oauth-authz-req+jwt"

// The times of request objects: what clocks may differ by, and the longest life
// under FAPI 2.0 Message Signing §5.3.1.
const (
	objectSkew = 30 * time.Second
	objectLife = time.Hour
)

// objectClaims are the claims that speak of the object itself, and are no
// parameters.
var objectClaims = []string{"iss", "aud", "exp", "nbf", "iat", "jti", "sub"}

// maxObject is how large the JSON of a request object may be, in bytes.
const maxObject = 32 << 10

// Parameters checks what the object says of itself and returns the parameters
// within. It returns reason.OAuthObjectInvalid, with what is wrong in Fields.
func (o Object) Parameters() (strict.Values, *reason.Error) {
	var claims map[string]json.RawMessage
	if err := strict.JSON(o.Payload, &claims, maxObject); err != nil {
		return strict.Values{}, reason.Wrap(reason.OAuthObjectInvalid, err)
	}
	if name := o.wrong(claims); name != "" {
		return strict.Values{}, reason.New(reason.OAuthObjectInvalid).On(name, reason.InputInvalid, "")
	}
	form := url.Values{}
	for name, raw := range claims {
		if slices.Contains(objectClaims, name) {
			continue
		}
		text, ok := plain(raw)
		if !ok {
			return strict.Values{}, reason.New(reason.OAuthObjectInvalid).On(name, reason.InputFormat, "")
		}
		form.Set(name, text)
	}
	values, err := strict.Form([]byte(form.Encode()))
	if err != nil {
		return strict.Values{}, reason.Wrap(reason.OAuthObjectInvalid, err)
	}
	return values, nil
}

// wrong names the claim or header that does not hold; "": all do.
func (o Object) wrong(claims map[string]json.RawMessage) string {
	options := o.Application.Options.V
	var iss, clientID string
	switch {
	case !typed(o.Type, options.SecurityProfile == models.ProfileFAPI2Messages):
		return "typ"
	case claims["request"] != nil: // RFC 9101 §4
		return "request"
	case claims["request_uri"] != nil:
		return "request_uri"
	case !text(claims["client_id"], &clientID) || clientID != "" && clientID != o.Application.ClientID:
		return "client_id"
	case !text(claims["iss"], &iss) || iss != "" && iss != o.Application.ClientID:
		return "iss"
	case clientID == "" && iss == "":
		return "client_id"
	case !addressed(claims["aud"], o.Issuer):
		return "aud"
	case o.proves(claims["sub"]):
		return "sub"
	}
	return o.untimely(claims, options.FAPI())
}

// typed: an object whose typ says that it is something else is none (RFC 9101
// §10.8, L66). Many clients leave it out, those that FAPI 2.0 Message Signing
// §5.3.1 speaks of among them.
func typed(typ string, strictly bool) bool {
	typ = plainType(typ)
	return typ == typeObject || typ == "" || !strictly && typ == "jwt"
}

func plainType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

// proves reports whether an object could be taken for what proves its client:
// it passes through browsers, so whoever sees it could pose as the client (RFC
// 9101 §10.8). One whose type says what it is cannot.
func (o Object) proves(sub json.RawMessage) bool {
	var subject string
	return text(sub, &subject) && subject == o.Application.ClientID && plainType(o.Type) != typeObject
}

func text(raw json.RawMessage, into *string) bool {
	return raw == nil || json.Unmarshal(raw, into) == nil
}

// addressed reports whether aud is the issuer, alone or among others (RFC 9101
// §4).
func addressed(raw json.RawMessage, issuer string) bool {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one == issuer
	}
	var many []string
	return json.Unmarshal(raw, &many) == nil && slices.Contains(many, issuer)
}

// untimely names the time that does not hold. FAPI 2.0 Message Signing §5.3.1
// demands a beginning and an end, an hour apart at most.
func (o Object) untimely(claims map[string]json.RawMessage, fapi bool) string {
	times := map[string]time.Time{}
	for _, name := range []string{"exp", "nbf", "iat"} {
		var seconds float64
		if raw := claims[name]; raw != nil {
			if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > 1<<40 {
				return name
			}
			times[name] = time.Unix(int64(seconds), 0)
		}
	}
	exp, ends := times["exp"]
	nbf, begins := times["nbf"]
	switch {
	case ends && !o.Now.Before(exp), fapi && !ends:
		return "exp"
	case begins && nbf.After(o.Now.Add(objectSkew)), fapi && (!begins || o.Now.Sub(nbf) > objectLife):
		return "nbf"
	case fapi && exp.Sub(nbf) > objectLife:
		return "exp"
	case times["iat"].After(o.Now.Add(time.Minute)):
		return "iat"
	}
	return ""
}

// plain is a claim as the parameter that it stands for (RFC 9101 §4): numbers
// and truth values as they are written, lists of words joined, anything else as
// JSON.
func plain(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, string(raw) != "null"
	}
	var words []string
	if json.Unmarshal(raw, &words) == nil && len(words) == 1 {
		return words[0], true
	}
	return string(raw), string(raw) != "null"
}
