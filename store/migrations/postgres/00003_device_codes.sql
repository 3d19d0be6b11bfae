-- +goose Up
CREATE TABLE device_codes (
    tenant_id        TEXT NOT NULL,
    id               TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    hash             BYTEA NOT NULL,
    user_code        BYTEA NOT NULL,
    status           TEXT NOT NULL,
    scope            TEXT NOT NULL,
    resource         TEXT NOT NULL,
    details          JSONB NOT NULL,
    user_id          TEXT NOT NULL,
    session_id       TEXT NOT NULL,
    auth_time        BIGINT,
    amr              JSONB NOT NULL,
    acr              TEXT NOT NULL,
    interval_seconds BIGINT NOT NULL,
    polled_at        BIGINT,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash),
    UNIQUE (tenant_id, user_code),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE device_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON device_codes USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
