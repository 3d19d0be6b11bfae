// Package credentials owns the table credentials: the proofs that users can
// give. Now these are passwords, as argon2id in PHC strings (R61), checked
// against a list of common ones and against the words around the user (R60).
// Hashing takes memory, so a gate bounds how many go on at once; the length is
// capped before hashing. Whoever does not exist costs as much as whoever does
// (R62).
//
// Random secrets, such as those of applications, are hashed by HashSecret.
package credentials
