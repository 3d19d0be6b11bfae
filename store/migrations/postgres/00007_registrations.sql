-- +goose Up
CREATE TABLE initial_tokens (
    tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    hash       BYTEA NOT NULL,
    max_uses   BIGINT NOT NULL,
    uses       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, hash)
);

CREATE TABLE client_registrations (
    tenant_id        TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    hash             BYTEA NOT NULL,
    source           TEXT NOT NULL,
    initial_token_id TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE initial_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE initial_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON initial_tokens USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
ALTER TABLE client_registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_registrations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON client_registrations USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
