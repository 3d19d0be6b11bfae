package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Open returns a pool of connections to the database that a URL names, with
// these parameters of PostgreSQL's besides the URL's. It opens none yet. It returns an
// error where the URL cannot be read.
func Open(databaseURL string, params map[string]string) (*sql.DB, error) {
	cfg, err := config(databaseURL, params)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{stdlib.GetConnector(*cfg)}), nil
}

// OpenLines returns lines to the database that a URL names, with these parameters
// besides the URL's. Each is opened when it is wanted.
func OpenLines(databaseURL string, params map[string]string) *Lines {
	return newLines(func(ctx context.Context) (*pgx.Conn, error) {
		cfg, err := config(databaseURL, params)
		if err != nil {
			return nil, err
		}
		// PostgreSQL would plan a list of values anew each time, since it expects
		// more of them than there are: that costs more than looking them up.
		cfg.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
		return pgx.ConnectConfig(ctx, cfg)
	})
}

// config reads a database URL and adds parameters of the connection.
func config(databaseURL string, params map[string]string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New("store: the database URL cannot be read") // pgx's text may hold the password
	}
	cfg.RuntimeParams["synchronous_commit"] = "on"
	for k, v := range params {
		cfg.RuntimeParams[k] = v
	}
	return cfg, nil
}
