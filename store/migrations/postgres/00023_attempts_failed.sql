-- +goose NO TRANSACTION
-- +goose Up
-- Most attempts succeed.
DROP INDEX CONCURRENTLY IF EXISTS attempts_failed; -- what a step that was broken off left
CREATE INDEX CONCURRENTLY attempts_failed ON attempts (tenant_id, outcome, id) WHERE outcome <> 'success';
