-- +goose Up
-- What waits to be sealed is read in the order of its ids: one index is enough.
-- Everybody who records an event waits for this, so it does not wait for anybody
-- long; it is tried again.
SET LOCAL lock_timeout = '300ms';
ALTER TABLE audit_pending DROP CONSTRAINT audit_pending_pkey, ADD PRIMARY KEY (id, tenant_id);
DROP INDEX audit_pending_id;
