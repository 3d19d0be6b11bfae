-- +goose Up
-- What most events are of is found fast among all.
CREATE INDEX events_by_action ON events (tenant_id, action, id) WHERE action <> 'token.issued';
