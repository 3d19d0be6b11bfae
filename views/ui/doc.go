// Package ui holds the parts that the console's pages are made of: tables,
// forms, badges, icons, timelines, figures and empty states, and the typed
// helpers through which every address, colour and picture enters a page (R112).
//
// What a page knows of its request (language, token against forgery, nonce)
// travels in the context that templ hands to every component: [With] puts it
// there, [T] and its kin read it. Nothing here can fail or ask for anything.
package ui
