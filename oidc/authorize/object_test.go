package authorize_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"gatehouse/models"
	"gatehouse/oidc/authorize"
	"gatehouse/reason"
)

var objectNow = time.Unix(1_800_000_000, 0)

func object(profile, typ, payload string) authorize.Object {
	app := portal()
	app.Options.V.SecurityProfile = profile
	return authorize.Object{Type: typ, Payload: []byte(payload), Application: app, Issuer: "https://id.example", Now: objectNow}
}

func claimsOf(set map[string]any) string {
	claims := map[string]any{
		"iss": "portal", "aud": "https://id.example", "client_id": "portal", "exp": objectNow.Unix() + 60, "nbf": objectNow.Unix(),
		"iat": objectNow.Unix(), "jti": "x", "response_type": "code", "state": "st", "max_age": 300, "claims": map[string]any{"id_token": nil},
	}
	maps.Copy(claims, set)
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// R40, RFC 9101 §4: every parameter within, as it would stand in a query.
func TestObjectParameters_R40(t *testing.T) {
	values, err := object("", "oauth-authz-req+jwt", claimsOf(nil)).Parameters()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"client_id": "portal", "response_type": "code", "state": "st", "max_age": "300", "claims": `{"id_token":null}`, "iss": "", "exp": "", "aud": "",
	} {
		if values.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, values.Get(name), want)
		}
	}
}

// R40: what an object must say of itself; FAPI 2.0 Message Signing §5.3.1 asks
// for more.
func TestObjectIsHeldToItsRules_R40(t *testing.T) {
	now := objectNow.Unix()
	for name, test := range map[string]struct {
		typ     string
		set     map[string]any
		payload string
		bad     bool // whoever sends it
		badFAPI bool // of an application that signs its messages
	}{
		"good":              {typ: "oauth-authz-req+jwt"},
		"full media type":   {typ: "application/oauth-authz-req+JWT"},
		"any case":          {typ: "OAuth-AUTHZ-req+jWt"},
		"no typ":            {},
		"JWT":               {typ: "JWT", badFAPI: true},
		"access token":      {typ: "at+jwt", bad: true},
		"logout token":      {typ: "logout+jwt", bad: true},
		"other client":      {set: map[string]any{"client_id": "other"}, bad: true},
		"client no text":    {set: map[string]any{"client_id": 1}, bad: true},
		"other issuer":      {set: map[string]any{"iss": "other"}, bad: true},
		"no client at all":  {set: map[string]any{"iss": nil, "client_id": nil}, bad: true},
		"other audience":    {set: map[string]any{"aud": "https://other.example"}, bad: true},
		"no audience":       {set: map[string]any{"aud": nil}, bad: true},
		"two audiences":     {typ: "oauth-authz-req+jwt", set: map[string]any{"aud": []string{"x", "https://id.example"}}},
		"over":              {set: map[string]any{"exp": now}, bad: true},
		"not yet":           {set: map[string]any{"nbf": now + 60}, bad: true},
		"a little ahead":    {set: map[string]any{"nbf": now + 8, "iat": now + 8}},
		"from the future":   {set: map[string]any{"iat": now + 120}, bad: true},
		"exp no number":     {set: map[string]any{"exp": "soon"}, bad: true},
		"no exp":            {typ: "oauth-authz-req+jwt", set: map[string]any{"exp": nil}, badFAPI: true},
		"no nbf":            {typ: "oauth-authz-req+jwt", set: map[string]any{"nbf": nil}, badFAPI: true},
		"long":              {typ: "oauth-authz-req+jwt", set: map[string]any{"exp": now + 3601}, badFAPI: true},
		"old":               {typ: "oauth-authz-req+jwt", set: map[string]any{"nbf": now - 3601}, badFAPI: true},
		"an object within":  {set: map[string]any{"request": "x"}, bad: true},
		"a reference":       {set: map[string]any{"request_uri": "urn:ietf:params:oauth:request_uri:x"}, bad: true},
		"control character": {set: map[string]any{"state": "a\x00b"}, bad: true},
		"no JSON":           {payload: `client_id=portal`, bad: true},
		"a list":            {payload: `["portal"]`, bad: true},
		"a claim twice":     {payload: `{"client_id":"portal","client_id":"other","aud":"https://id.example"}`, bad: true},
	} {
		payload := test.payload
		if payload == "" {
			payload = claimsOf(test.set)
		}
		for profile, bad := range map[string]bool{"": test.bad, models.ProfileFAPI2Messages: test.bad || test.badFAPI} {
			_, err := object(profile, test.typ, payload).Parameters()
			if (err != nil) != bad || err != nil && err.Code != reason.OAuthObjectInvalid {
				t.Errorf("%s, profile %q: %v", name, profile, err)
			}
		}
	}
}

func FuzzObject(f *testing.F) {
	f.Add(claimsOf(nil))
	f.Add(`{"aud":["https://id.example"],"client_id":"portal","x":[1,{"y":null}]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		values, err := object("", "", payload).Parameters()
		if err == nil && values.Has("request_uri") {
			t.Error("a reference got through")
		}
	})
}
