-- +goose Up
-- Whom to tell that a session ended: written with the end, told afterwards.
CREATE TABLE logout_notices (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    application_id TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    channel        TEXT NOT NULL,
    why            TEXT NOT NULL,
    status         TEXT NOT NULL,
    attempts       BIGINT NOT NULL,
    next_at        BIGINT,
    address        TEXT NOT NULL,
    answer         BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    tried_at       BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX logout_notices_due ON logout_notices (next_at) WHERE status = 'waiting';
CREATE INDEX logout_notices_session ON logout_notices (tenant_id, session_id);
CREATE INDEX logout_notices_user ON logout_notices (tenant_id, user_id, id);
CREATE INDEX logout_notices_application ON logout_notices (tenant_id, application_id, id);
CREATE INDEX logout_notices_age ON logout_notices (created_at);

-- Row-level security, as for every tenant's table (R2).
ALTER TABLE logout_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE logout_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON logout_notices USING (tenant_id = current_setting('app.tenant', true)
    OR current_setting('app.tenant', true) = '*');
