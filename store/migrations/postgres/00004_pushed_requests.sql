-- +goose Up
CREATE TABLE pushed_requests (
    tenant_id      TEXT NOT NULL,
    hash           BYTEA NOT NULL,
    application_id TEXT NOT NULL,
    payload        JSONB NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE pushed_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE pushed_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON pushed_requests USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
