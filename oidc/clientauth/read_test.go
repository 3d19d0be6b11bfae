package clientauth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"gatehouse/internal/strict"
	"gatehouse/models"
	"gatehouse/oidc/clientauth"
	"gatehouse/reason"
)

func basic(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }

// R37: one method, never two, and RFC 6749 §2.3.1's encoding.
func TestRead_R37(t *testing.T) {
	tests := map[string]struct {
		authorization string
		form          map[string]string
		method        string
		id, key       string
		code          reason.Code
	}{
		"basic":                    {authorization: basic("portal:s3cret"), method: models.AuthBasic, id: "portal", key: "s3cret"},
		"basic, any case":          {authorization: "bAsIc " + basic("portal:s3cret")[6:], method: models.AuthBasic, id: "portal", key: "s3cret"},
		"basic, encoded":           {authorization: basic("por%3Atal:s%2B+%25%C3%BC"), method: models.AuthBasic, id: "por:tal", key: "s+ %ü"},
		"basic, colon in secret":   {authorization: basic("portal:a:b"), method: models.AuthBasic, id: "portal", key: "a:b"},
		"basic, broken escape":     {authorization: basic("portal:%zz"), code: reason.OAuthClientAuth},
		"basic, broken base64":     {authorization: "Basic !", code: reason.OAuthClientAuth},
		"basic, no colon":          {authorization: basic("portal"), code: reason.OAuthClientAuth},
		"basic, no name":           {authorization: basic(":s"), code: reason.OAuthClientAuth},
		"basic, no secret":         {authorization: basic("portal:"), code: reason.OAuthClientAuth},
		"basic, same name in body": {authorization: basic("portal:s"), form: map[string]string{"client_id": "portal"}, method: models.AuthBasic, id: "portal", key: "s"},
		"basic, other name":        {authorization: basic("portal:s"), form: map[string]string{"client_id": "else"}, code: reason.OAuthRequestInvalid},
		"two methods":              {authorization: basic("portal:s"), form: map[string]string{"client_id": "portal", "client_secret": "s"}, code: reason.OAuthRequestInvalid},
		"bearer":                   {authorization: "Bearer x", code: reason.OAuthClientMethod},
		"broken assertion":         {form: map[string]string{"client_id": "portal", "client_assertion": "x"}, code: reason.OAuthClientAuth},
		"post":                     {form: map[string]string{"client_id": "portal", "client_secret": "s"}, method: models.AuthPost, id: "portal", key: "s"},
		"post, no name":            {form: map[string]string{"client_secret": "s"}, code: reason.OAuthClientAuth},
		"none":                     {form: map[string]string{"client_id": "spa"}, method: models.AuthNone, id: "spa"},
		"nothing":                  {code: reason.OAuthClientAuth},
		"huge name":                {form: map[string]string{"client_id": strings.Repeat("x", 300)}, code: reason.OAuthClientUnknown},
		"odd name":                 {form: map[string]string{"client_id": "port\u00e4l"}, code: reason.OAuthClientUnknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := clientauth.Read(test.authorization, strict.ValuesOf(test.form))
			if err != nil {
				if err.Code != test.code {
					t.Errorf("refused with %s, want %q", err.Code, test.code)
				}
				return
			}
			if test.code != "" || p.Method != test.method || p.ClientID != test.id || p.Secret.Reveal() != test.key {
				t.Errorf("%s %q %q", p.Method, p.ClientID, p.Secret.Reveal())
			}
		})
	}
}
