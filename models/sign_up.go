package models

import "cmp"

// Where people may create an account themselves.
const (
	SelfRegistrationOff          = "off"          // nowhere
	SelfRegistrationApplications = "applications" // at applications whose own choice is on
	SelfRegistrationOn           = "on"           // everywhere but at applications whose own choice is off
)

// SelfRegistrationChoices are the values of a tenant's self_registration; those
// of an application are the first and the last.
func SelfRegistrationChoices() []string {
	return []string{SelfRegistrationOff, SelfRegistrationApplications, SelfRegistrationOn}
}

// Whether people who create an account are asked for something.
const (
	AskRequired = "required"
	AskOptional = "optional"
	AskOff      = "off"
)

// AskChoices are the values of sign_up_email and sign_up_names.
func AskChoices() []string { return []string{AskRequired, AskOptional, AskOff} }

// SelfRegisters reports whether people may create an account of the tenant
// themselves somewhere. In the system tenant nobody may: its users are
// administrators (R9).
func (t *Tenant) SelfRegisters() bool {
	choice := t.Settings.V.SelfRegistration
	return t.Name != SystemTenant && (choice == SelfRegistrationOn || choice == SelfRegistrationApplications)
}

// SignsUpAt reports whether people may create an account at an application of
// these choices; none are those of the tenant's own pages. An application can be
// narrower than its tenant, and never wider.
func (t *Tenant) SignsUpAt(o ClientOptions) bool {
	if t.Settings.V.SelfRegistration == SelfRegistrationApplications {
		return t.SelfRegisters() && o.SelfRegistration == SelfRegistrationOn
	}
	return t.SelfRegisters() && o.SelfRegistration != SelfRegistrationOff
}

// AsksEmail is whether people who sign up are asked for an e-mail address.
func (s TenantSettings) AsksEmail() string { return cmp.Or(s.SignUpEmail, AskRequired) }

// AsksNames is whether people who sign up are asked for their names.
func (s TenantSettings) AsksNames() string { return cmp.Or(s.SignUpNames, AskOff) }
