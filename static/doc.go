// Package static holds what browsers load: Tabler, htmx, idiomorph and uPlot,
// our own style sheets and scripts (static/src), and the picked icons. `make
// assets` puts them into static/dist under names that hold a digest of their
// content, each with a brotli and a gzip copy; the folder is embedded.
//
// Pages ask for [Asset] and [Icon]; handlers/web serves [Open] under /static/.
// console.js stands in the head, before htmx and without defer, so that the
// chosen theme shows at the first paint; the other scripts are deferred. What
// the scripts look for in a page is listed at the top of each.
package static
