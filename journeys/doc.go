// Package journeys is the engine that signs people in and up. A definition is a graph
// of nodes with typed outcomes; an execution walks it, asks with prompts, is
// advanced with inputs and ends in an Outcome. Pages and the flow API drive the
// same executions; a protocol hands over a [Need] and gets an [Outcome], and
// the engine knows neither protocol nor HTTP.
//
// An execution is sealed and travels with the browser, to which it is bound,
// with its tenant, the version of its definition and the trace of its steps.
// Starting one, and every step before a proof, writes nothing. The proof ends
// it: session, attempt and event are written in one transaction, and a refused
// proof is an attempt of its own. Since nothing proven travels in the seal, an
// old one that is sent again can only ask again for the proof.
//
// Who has no account makes one in a journey of its own, for the same Need and
// with the same Outcome: the user comes to be in the transaction that begins his
// session.
//
// Called by oidc (Start) and by the doors that show it (Open, Advance).
// Standards: RFC 8176 for amr, security requirements R63, R74 to R76.
package journeys
