-- +goose Up
-- An application's events were found by no index; those whose target it is, are.
CREATE INDEX events_by_application ON events (tenant_id, application_id, id) WHERE application_id <> '' AND application_id <> target_id;
