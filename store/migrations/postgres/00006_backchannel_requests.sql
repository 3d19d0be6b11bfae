-- +goose Up
CREATE TABLE backchannel_requests (
    tenant_id          TEXT NOT NULL,
    id                 TEXT NOT NULL,
    application_id     TEXT NOT NULL,
    user_id            TEXT NOT NULL,
    status             TEXT NOT NULL,
    issuer             TEXT NOT NULL,
    scope              TEXT NOT NULL,
    details            JSONB NOT NULL,
    binding_message    TEXT NOT NULL,
    mode               TEXT NOT NULL,
    notification_token BYTEA NOT NULL,
    session_id         TEXT NOT NULL,
    auth_time          BIGINT,
    amr                JSONB NOT NULL,
    acr                TEXT NOT NULL,
    family_id          TEXT NOT NULL,
    interval_seconds   BIGINT NOT NULL,
    polled_at          BIGINT,
    notify_at          BIGINT,
    notify_tries       BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX backchannel_requests_user ON backchannel_requests (tenant_id, user_id, expires_at);
CREATE INDEX backchannel_requests_notify ON backchannel_requests (notify_at);
CREATE INDEX backchannel_requests_expiry ON backchannel_requests (expires_at);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE backchannel_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE backchannel_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON backchannel_requests USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
