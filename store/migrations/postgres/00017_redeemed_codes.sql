-- +goose Up
-- A code carries what it stands for; the family that it gave proves its use.
ALTER TABLE token_families ADD COLUMN redeemed BYTEA;
CREATE UNIQUE INDEX token_families_redeemed ON token_families (tenant_id, redeemed);
DROP INDEX token_families_code;

-- Events are found by their tenant and id, which the primary key holds.
DROP INDEX events_id;
DROP INDEX events_tenant;
