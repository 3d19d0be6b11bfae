-- +goose Up
-- Revocations of all that was issued up to a moment.
ALTER TABLE revoked_tokens ADD COLUMN issued_before BIGINT;
