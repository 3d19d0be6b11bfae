-- +goose Up
-- Claims that rules write.
CREATE TABLE claim_rules (
    tenant_id      TEXT NOT NULL REFERENCES tenants (tenant_id),
    id             TEXT NOT NULL,
    name           TEXT NOT NULL,
    claim          TEXT NOT NULL,
    expression     TEXT NOT NULL,
    application_id TEXT,
    targets        TEXT NOT NULL,
    scope          TEXT NOT NULL,
    position       BIGINT NOT NULL,
    disabled       BOOLEAN NOT NULL,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX claim_rules_application ON claim_rules (tenant_id, application_id);
