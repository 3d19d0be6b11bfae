-- +goose NO TRANSACTION
-- +goose Up
-- An application's events were found by no index; those whose target it is, are.
DROP INDEX CONCURRENTLY IF EXISTS events_by_application; -- what a step that was broken off left
CREATE INDEX CONCURRENTLY events_by_application ON events (tenant_id, application_id, id) WHERE application_id <> '' AND application_id <> target_id;
