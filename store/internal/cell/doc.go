// Package cell has the form in which rows come from either database: values of the
// few kinds that our columns have, and a statement's whole answer, which travels
// through database/sql as one value. The connections (postgres, sqlite) make
// answers, the store puts them into rows of models. The room keeps nothing.
package cell
