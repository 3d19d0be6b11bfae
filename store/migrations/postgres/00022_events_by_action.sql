-- +goose NO TRANSACTION
-- +goose Up
-- What most events are of is found fast among all.
DROP INDEX CONCURRENTLY IF EXISTS events_by_action; -- what a step that was broken off left
CREATE INDEX CONCURRENTLY events_by_action ON events (tenant_id, action, id) WHERE action <> 'token.issued';
