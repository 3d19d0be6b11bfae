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
);
CREATE INDEX session_applications_application ON session_applications (tenant_id, application_id);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE session_applications ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_applications FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON session_applications USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
