-- +goose Up
CREATE TABLE replays (
    tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
    kind       TEXT NOT NULL,
    hash       BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, hash)
) WITHOUT ROWID;
CREATE INDEX replays_expiry ON replays (expires_at);

ALTER TABLE application_secrets ADD COLUMN sealed BLOB;
