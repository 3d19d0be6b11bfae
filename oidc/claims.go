package oidc

import (
	"slices"

	"gatehouse/models"
)

// claimNames are the claims that ID tokens and userinfo may hold.
var claimNames = []string{
	"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
	"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
	"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified",
	"phone_number", "phone_number_verified", "address",
}

// userInfo is a userinfo response (OpenID Connect Core §5.1 and §5.3.2).
type userInfo struct {
	Subject string `json:"sub"`
	*profile
	Email         string          `json:"email,omitempty"`
	EmailVerified *bool           `json:"email_verified,omitempty"`
	Phone         string          `json:"phone_number,omitempty"`
	PhoneVerified *bool           `json:"phone_number_verified,omitempty"`
	Address       *models.Address `json:"address,omitempty"`
}

// profile are the claims of the scope profile.
type profile struct {
	Name              string `json:"name,omitempty"`
	GivenName         string `json:"given_name,omitempty"`
	FamilyName        string `json:"family_name,omitempty"`
	MiddleName        string `json:"middle_name,omitempty"`
	Nickname          string `json:"nickname,omitempty"`
	PreferredUsername string `json:"preferred_username,omitempty"`
	Profile           string `json:"profile,omitempty"`
	Picture           string `json:"picture,omitempty"`
	Website           string `json:"website,omitempty"`
	Gender            string `json:"gender,omitempty"`
	Birthdate         string `json:"birthdate,omitempty"`
	Zoneinfo          string `json:"zoneinfo,omitempty"`
	Locale            string `json:"locale,omitempty"`
	UpdatedAt         int64  `json:"updated_at,omitempty"`
}

// claimsOf are the claims about the user that the scopes allow (OpenID Connect
// Core §5.4).
func claimsOf(u *models.User, scopes []string) userInfo {
	info := userInfo{Subject: u.ID}
	if slices.Contains(scopes, "profile") {
		info.profile = profileOf(u)
	}
	if slices.Contains(scopes, "email") && u.Email != "" {
		info.Email, info.EmailVerified = u.Email, &u.EmailVerified
	}
	if slices.Contains(scopes, "phone") && u.PhoneNumber != "" {
		info.Phone, info.PhoneVerified = u.PhoneNumber, &u.PhoneVerified
	}
	if slices.Contains(scopes, "address") {
		info.Address = u.Claims.V.Address
	}
	return info
}

func profileOf(u *models.User) *profile {
	c := u.Claims.V
	p := &profile{
		Name: u.DisplayName(), GivenName: c.GivenName, FamilyName: c.FamilyName, MiddleName: c.MiddleName,
		Nickname: c.Nickname, PreferredUsername: c.PreferredUsername, Profile: c.Profile, Picture: c.Picture,
		Website: c.Website, Gender: c.Gender, Birthdate: c.Birthdate, Zoneinfo: c.Zoneinfo, Locale: c.Locale,
		UpdatedAt: u.UpdatedAt.Unix(),
	}
	if p.PreferredUsername == "" {
		p.PreferredUsername = u.Username
	}
	return p
}
