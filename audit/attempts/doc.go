// Package attempts owns the table attempts: every try to sign in and every
// refused request of an application, step by step, so that support staff see
// why. A row is written in the same transaction as its event (R130); what was
// typed is kept only as a class and a keyed hash (R137).
package attempts
