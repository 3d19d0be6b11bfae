-- +goose NO TRANSACTION
-- +goose Up
-- An event whose target is its user is found as his.
DROP INDEX CONCURRENTLY IF EXISTS events_by_target; -- what a step that was broken off left
CREATE INDEX CONCURRENTLY events_by_target ON events (tenant_id, target_id, id) WHERE target_id <> user_id;
