-- +goose Up
ALTER TABLE applications ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE codes ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE token_families ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
