-- +goose Up
CREATE TABLE device_codes (
    tenant_id        TEXT NOT NULL,
    id               TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    hash             BLOB NOT NULL,
    user_code        BLOB NOT NULL,
    status           TEXT NOT NULL,
    scope            TEXT NOT NULL,
    resource         TEXT NOT NULL,
    details          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    session_id       TEXT NOT NULL,
    auth_time        BIGINT,
    amr              TEXT NOT NULL,
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
