-- +goose Up
-- Most attempts succeed.
CREATE INDEX attempts_failed ON attempts (tenant_id, outcome, id) WHERE outcome <> 'success';
