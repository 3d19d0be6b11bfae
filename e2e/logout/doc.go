// Package logout signs a user out in a real browser, and watches how the
// applications hear of it: by their servers, by pages that the browser loads,
// and by a frame that asks whether the session is still the same.
package logout
