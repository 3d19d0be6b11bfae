-- +goose Up
CREATE TABLE pushed_requests (
    tenant_id      TEXT NOT NULL,
    hash           BLOB NOT NULL,
    application_id TEXT NOT NULL,
    payload        TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);
