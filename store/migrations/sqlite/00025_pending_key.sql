-- +goose Up
-- What waits to be sealed is read in the order of its ids: one index is enough.
CREATE TABLE audit_waiting (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    at             BIGINT NOT NULL,
    action         TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    reason         TEXT NOT NULL,
    actor_type     TEXT NOT NULL,
    actor_id       TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    via            TEXT NOT NULL,
    target_type    TEXT NOT NULL,
    target_id      TEXT NOT NULL,
    target_name    TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    attempt_id     TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    ip             TEXT NOT NULL,
    user_agent     TEXT NOT NULL,
    details        TEXT NOT NULL,
    PRIMARY KEY (id, tenant_id)
) WITHOUT ROWID;
INSERT INTO audit_waiting SELECT * FROM audit_pending;
DROP TABLE audit_pending;
ALTER TABLE audit_waiting RENAME TO audit_pending;
