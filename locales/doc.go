// Package locales owns every word that Gatehouse shows: one JSON file per area
// and language (hosted.en.json, console.de.json, reason.ar.json), embedded.
// Keys begin with their area; a refusal has "reason.<code>.user" and
// "reason.<code>.staff". Views and mails ask a [Localizer]; the doors find it
// with [For].
//
// Standards: BCP 47 tags, RFC 4647 lookup, CLDR plural forms.
package locales
