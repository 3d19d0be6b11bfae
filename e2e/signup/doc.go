// Package signup has people make their own account at an application that sends
// them to do so (Initiating User Registration via OpenID Connect 1.0).
package signup
