-- +goose Up
-- Where a session was begun: its issuer, which applications know it by.
ALTER TABLE sessions ADD COLUMN issuer TEXT NOT NULL DEFAULT '';

-- Applications that a session signed in to without tokens that end with it.
CREATE TABLE session_applications (
    tenant_id      TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    application_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, session_id, application_id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX session_applications_application ON session_applications (tenant_id, application_id);
