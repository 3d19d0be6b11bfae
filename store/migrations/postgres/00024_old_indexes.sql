-- +goose NO TRANSACTION
-- +goose Up
-- Steps 00019 to 00023 built what takes their place; attempts have ids in the order
-- of their time.
DROP INDEX CONCURRENTLY IF EXISTS events_user;
DROP INDEX CONCURRENTLY IF EXISTS events_target;
DROP INDEX CONCURRENTLY IF EXISTS events_action;
DROP INDEX CONCURRENTLY IF EXISTS attempts_outcome;
DROP INDEX CONCURRENTLY IF EXISTS attempts_time;
