// Package manifest makes the stored configuration equal to files, shows what
// that would change, and writes the live configuration as files.
//
// Files are read whole before anything happens: every mistake is reported at
// once with its file and line. Applying runs the domain's own deeds, with the
// rights of whoever applies, in one transaction that commits as a whole or not
// at all; a plan is the same run, rolled back. Applying twice changes nothing.
// Secrets stand in files as placeholders, and are never exported (security
// requirements R143, R144).
package manifest
