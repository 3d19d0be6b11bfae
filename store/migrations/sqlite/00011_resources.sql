-- +goose Up
-- APIs that applications ask tokens for.
CREATE TABLE resources (
    tenant_id            TEXT NOT NULL REFERENCES tenants (tenant_id),
    id                   TEXT NOT NULL,
    name                 TEXT NOT NULL,
    identifier           TEXT NOT NULL,
    display_name         TEXT NOT NULL,
    scopes               TEXT NOT NULL,
    everybody            BOOLEAN NOT NULL,
    applications         TEXT NOT NULL,
    server_id            TEXT NOT NULL,
    access_token_seconds BIGINT NOT NULL,
    disabled             BOOLEAN NOT NULL,
    version              BIGINT NOT NULL,
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    UNIQUE (tenant_id, identifier)
);
