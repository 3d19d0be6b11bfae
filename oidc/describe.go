package oidc

import (
	"slices"
	"strings"

	"gatehouse/oidc/registration"
	"gatehouse/reason"
)

// descriptions are error_description by reason, for whoever writes the
// application: in ASCII, and without anything that was sent (RFC 6749 §5.2).
var descriptions = map[reason.Code]string{
	reason.ServerError:            "The server could not finish the request. Try again, and report it if it lasts.",
	reason.ServerBusy:             "The server is busy. Try again shortly.",
	reason.RequestMalformed:       "The parameters are not well-formed application/x-www-form-urlencoded.",
	reason.RequestTooLarge:        "A parameter or the whole request is too long.",
	reason.RequestMediaType:       "Send the parameters as application/x-www-form-urlencoded.",
	reason.TenantSuspended:        "Signing in is suspended here.",
	reason.UserUnknown:            "The user no longer exists.",
	reason.UserDisabled:           "The user may not sign in.",
	reason.UserLocked:             "The user may not sign in.",
	reason.SessionNone:            "The user's session has ended.",
	reason.SessionEnded:           "The user's session has ended.",
	reason.SessionIdle:            "The user's session has ended.",
	reason.SessionAbsolute:        "The user's session has ended.",
	reason.ConsentDenied:          "The user did not allow it.",
	reason.ConsentRequired:        "The user has not allowed it, or no longer does.",
	reason.AccessDenied:           "This is not allowed.",
	reason.AccessAddress:          "This client may not be used from this address.",
	reason.AccessExpired:          "This client's access has expired.",
	reason.ThrottleAccount:        "Too many failed attempts. Try again later.",
	reason.ThrottleSource:         "Too many failed attempts. Try again later.",
	reason.ThrottleTenant:         "Too many failed attempts. Try again later.",
	reason.ThrottleAPI:            "Too many requests. Try again later.",
	reason.OAuthClientUnknown:     "The client could not be authenticated.",
	reason.OAuthClientAuth:        "The client could not be authenticated.",
	reason.OAuthSecretExpired:     "The client could not be authenticated.",
	reason.OAuthClientMethod:      "The client is registered for another token_endpoint_auth_method.",
	reason.OAuthClientDisabled:    "The client is disabled.",
	reason.OAuthRedirectURI:       "redirect_uri is not registered for this client.",
	reason.OAuthRequestInvalid:    "A parameter is missing or malformed.",
	reason.OAuthParameterRepeated: "A parameter was sent more than once.",
	reason.OAuthResponseType:      "response_type is not supported.",
	reason.OAuthResponseMode:      "response_mode is not supported, or does not suit the response_type.",
	reason.OAuthScope:             "scope is missing or malformed, or none of it is registered for this client.",
	reason.OAuthPKCERequired:      "code_challenge with code_challenge_method S256 is required.",
	reason.OAuthPKCEMethod:        "code_challenge_method is not supported. Use S256.",
	reason.OAuthPKCEMismatch:      "code_verifier is missing or does not match the code_challenge.",
	reason.OAuthPKCEUnexpected:    "code_verifier was sent, but the request had no code_challenge.",
	reason.OAuthPrompt:            "prompt is not supported, or combines values that exclude each other.",
	reason.OAuthPromptCreate:      "prompt=create is not supported: nobody may create an account here.",
	reason.OAuthKeys:              "None of the client's keys fits, or they could not be fetched.",
	reason.OAuthACR:               "No way to sign in reaches the acr values that the request insists on.",
	reason.OAuthMaxAge:            "max_age is not a number of seconds.",
	reason.OAuthObjectRequired:    "The client has to sign its authorization requests (RFC 9101).",
	reason.OAuthObjectInvalid:     "The request object is malformed, not signed by the client, not for this server, or not in time.",
	reason.OAuthRequestURIUnknown: "request_uri is not registered for this client.",
	reason.OAuthRequestURIFetch:   "The request object could not be fetched, or differs from the hash in request_uri.",
	reason.OAuthRequestURI:        "The client registered no request_uris.",
	reason.OAuthPushedRequired:    "The client has to push its authorization requests (RFC 9126).",
	reason.OAuthPushedUnknown:     "request_uri is unknown or has expired.",
	reason.OAuthPushedUsed:        "request_uri was used before.",
	reason.OAuthDPoPProof:         "The DPoP proof is malformed, does not fit this request, or was used before.",
	reason.OAuthDPoPNonce:         "The DPoP proof needs the nonce of the DPoP-Nonce header.",
	reason.OAuthUnbound:           "The client's tokens have to be bound to a key: send a DPoP proof or use mutual TLS.",
	reason.OAuthNoCertificate:     "The client's tokens are bound to its certificate, and the connection has none.",
	reason.OAuthOtherKey:          "The grant is bound to another key than the one that was proved.",
	reason.OAuthTokenBound:        "The access token is bound to a key that was not proved, or is not bound as it was shown.",
	reason.OAuthLaunch:            "The client registered no initiate_login_uri.",
	reason.OAuthClientDocument:    "The metadata document at client_id could not be fetched, or does not describe a client that is allowed here.",
	reason.OAuthRegistrationToken: "The access token for registration is missing, unknown, expired or used up.",
	reason.OAuthClientMetadata:    "The client metadata is malformed, contradicts itself, or is not allowed here.",
	reason.OAuthRedirectURIs:      "A redirect URI is missing or not allowed.",
	reason.OAuthStatement:         "The software statement is malformed, has expired, or is not signed by anybody who is believed here.",
	reason.OAuthRegistration:      "The registration parameter is not supported.",
	reason.OAuthDetails:           "authorization_details are malformed, of a type that is not known or not for this client and grant, do not conform to their type, or are more than was granted.",
	reason.OAuthResource:          "resource is not known, or not for this client and grant.",
	reason.OAuthLoginRequired:     "The user has to sign in, or somebody else is signed in.",
	reason.OAuthAccount:           "The user has to choose one of several accounts.",
	reason.OAuthConsentRequired:   "The user has to be asked for consent.",
	reason.OAuthInteraction:       "The user has to be asked.",
	reason.OAuthGrantType:         "grant_type is missing or not supported.",
	reason.OAuthGrantNotAllowed:   "The client is not registered for this grant or response type.",
	reason.OAuthCodeUnknown:       "The code is unknown.",
	reason.OAuthCodeExpired:       "The code has expired.",
	reason.OAuthCodeReused:        "The code was used before. Everything issued from it is revoked.",
	reason.OAuthCodeClient:        "The code is unknown.",
	reason.OAuthCodeRedirect:      "redirect_uri differs from the one in the authorization request.",
	reason.OAuthRefreshUnknown:    "The refresh token is unknown.",
	reason.OAuthRefreshClient:     "The refresh token is unknown.",
	reason.OAuthRefreshExpired:    "The refresh token has expired.",
	reason.OAuthRefreshReused:     "The refresh token was used before. Everything issued with it is revoked.",
	reason.OAuthRefreshRevoked:    "The refresh token is revoked.",
	reason.OAuthTokenInvalid:      "The access token is missing, expired, revoked or malformed.",
	reason.OAuthTokenScope:        "The access token lacks the scope openid.",
	reason.OAuthLogoutHint:        "id_token_hint is not an ID token that was issued to this client.",
	reason.OAuthLogoutURI:         "post_logout_redirect_uri is not registered for this client.",
	reason.OAuthDeviceUnknown:     "The device code is unknown.",
	reason.OAuthPending:           "The user has not answered yet.",
	reason.OAuthSlowDown:          "The user has not answered yet. Wait five seconds longer between requests from now on.",
	reason.OAuthRequestExpired:    "The user did not answer in time.",
	reason.OAuthRequestDenied:     "The user did not allow it.",
	reason.OAuthAuthReqUnknown:    "The auth_req_id is unknown.",
	reason.OAuthHintUnknown:       "The hint names no user who can sign in.",
	reason.OAuthHintToken:         "login_hint_token is not supported. Use login_hint or id_token_hint.",
	reason.OAuthBindingMessage:    "binding_message is longer than 20 characters, or holds others than letters, digits, punctuation and spaces.",
	reason.OAuthNotificationToken: "client_notification_token is missing or is no bearer token of at most 1024 characters.",
	reason.OAuthAssertion:         "assertion is malformed, expired, used before, not signed by the client's key, or names no user.",
	reason.PasswordWrong:          "The username and password do not match.",
	reason.OAuthPasswordShort:     "Signing in takes more than a password here. Send the user to the authorization endpoint.",
	reason.OAuthTokenType:         "The token type is not supported. Use urn:ietf:params:oauth:token-type:access_token.",
	reason.OAuthSubjectToken:      "subject_token is malformed, expired or revoked, or not for this client.",
	reason.OAuthActorToken:        "actor_token is not valid for this client, the subject token names another actor, or too many act in turn.",
}

// ownParameters are the names that a description may mention. Any other name
// in a refusal was made up by the sender.
var ownParameters = []string{
	"client_id", "client_secret", "client_assertion", "code", "code_challenge", "code_verifier", "grant_type",
	"claims", "nonce", "device_code", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "username", "password",
	"request_uri", "request", "iss", "aud", "exp", "nbf", "iat", "typ", "auth_req_id", "login_hint", "login_hint_token",
	"client_notification_token", "requested_expiry", "assertion", "authorization_details",
	"id_token_hint", "redirect_uri", "refresh_token", "response_type", "scope", "token", "access_token", "Authorization",
}

// describe is the error_description of a refusal. Cites is the rule, if one
// check alone stands for it.
func describe(err *reason.Error, cites string) string {
	text, ok := descriptions[err.Code]
	if !ok {
		text = "The request was refused."
	}
	for _, f := range err.Fields {
		if name, _, _ := strings.Cut(f.Pointer, "/"); slices.Contains(ownParameters, name) || registration.Known(name) {
			text += " See " + name + "."
			break
		}
	}
	if cites != "" {
		text += " (" + cites + ")"
	}
	return strings.TrimSpace(text)
}
