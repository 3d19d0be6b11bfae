// Package facts owns the table deployment: what holds for the whole
// deployment. Above all the check value of the master key: a start with
// another key would leave every sealed secret unreadable and seal new ones so
// that the right key could not read them, so it is refused (R122).
package facts
