-- +goose Up
-- An event whose target is its user is found as his.
CREATE INDEX events_by_target ON events (tenant_id, target_id, id) WHERE target_id <> user_id;
