-- +goose Up
ALTER TABLE client_registrations ADD COLUMN renew_at BIGINT;
CREATE INDEX client_registrations_source ON client_registrations (tenant_id, source);
