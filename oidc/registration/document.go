package registration

import (
	"encoding/json"
	"slices"

	"gatehouse/identity/applications"
	"gatehouse/models"
	"gatehouse/reason"
)

// ReadDocument makes a registration of a client ID metadata document (OAuth
// Client ID Metadata Document §4): it names its own address, and shares no
// secret with us. It returns reason.OAuthClientMetadata or
// reason.OAuthRedirectURIs.
func ReadDocument(body []byte, clientID string, policy models.TenantSettings) (applications.New, *reason.Error) {
	d, err := Read(body)
	if err != nil {
		return applications.New{}, err
	}
	if d.Text("client_id") != clientID {
		return applications.New{}, reason.New(reason.OAuthClientMetadata).On("client_id", reason.InputInvalid, "")
	}
	if d["token_endpoint_auth_method"] == nil {
		d["token_endpoint_auth_method"] = json.RawMessage(`"` + models.AuthNone + `"`)
	}
	secretless := []string{models.AuthNone, models.AuthPrivateKeyJWT}
	if d["client_secret"] != nil || !slices.Contains(secretless, d.Text("token_endpoint_auth_method")) {
		return applications.New{}, reason.New(reason.OAuthClientMetadata).On("token_endpoint_auth_method", reason.InputInvalid, "")
	}
	return d.Judge(policy)
}
