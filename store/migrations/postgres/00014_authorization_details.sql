-- +goose Up
-- What APIs understand of authorization details, and what users allowed of them.
ALTER TABLE resources ADD COLUMN detail_types TEXT NOT NULL DEFAULT '[]';
ALTER TABLE consents ADD COLUMN details JSONB NOT NULL DEFAULT '[]';
