-- +goose NO TRANSACTION
-- +goose Up
-- Every sign-in and every token is entered into these indexes. From here to step
-- 00023 they come to hold only what nothing else finds.
DROP INDEX CONCURRENTLY IF EXISTS events_by_user; -- what a step that was broken off left
CREATE INDEX CONCURRENTLY events_by_user ON events (tenant_id, user_id, id) WHERE user_id <> '';
