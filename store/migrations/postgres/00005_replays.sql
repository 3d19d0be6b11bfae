-- +goose Up
CREATE TABLE replays (
    tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
    kind       TEXT NOT NULL,
    hash       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, hash)
);
CREATE INDEX replays_expiry ON replays (expires_at);

ALTER TABLE application_secrets ADD COLUMN sealed BYTEA;

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE replays ENABLE ROW LEVEL SECURITY;
ALTER TABLE replays FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON replays USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
