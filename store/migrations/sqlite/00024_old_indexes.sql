-- +goose Up
-- Steps 00019 to 00023 built what takes their place; attempts have ids in the order
-- of their time.
DROP INDEX events_user;
DROP INDEX events_target;
DROP INDEX events_action;
DROP INDEX attempts_outcome;
DROP INDEX attempts_time;
