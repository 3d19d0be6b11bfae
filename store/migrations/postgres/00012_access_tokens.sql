-- +goose Up
-- Opaque access tokens, and which tokens an API wants.
CREATE TABLE access_tokens (
    tenant_id  TEXT   NOT NULL REFERENCES tenants (tenant_id),
    hash       BYTEA  NOT NULL,
    jti        TEXT   NOT NULL,
    client_id  TEXT   NOT NULL,
    family_id  TEXT   NOT NULL,
    claims     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
CREATE INDEX access_tokens_client ON access_tokens (tenant_id, client_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

ALTER TABLE resources ADD COLUMN access_token_format TEXT NOT NULL DEFAULT '';

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON access_tokens USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
