// Package config owns the settings of the server: GATEHOUSE_ variables over a
// YAML file over defaults. cmd/gatehouse loads them once at the start and
// hands out what each room needs. An unknown or unusable setting stops the
// start and names itself; all of them are named at once. docs and
// `gatehouse serve --help` are made from the same table.
package config
