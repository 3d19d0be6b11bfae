-- +goose Up
-- When a session was chosen among several of its browser; null: never. And
-- whether the browser forgets it when it is closed, so that those beside it know.
ALTER TABLE sessions ADD COLUMN chosen_at BIGINT;
ALTER TABLE sessions ADD COLUMN passing BOOLEAN NOT NULL DEFAULT FALSE;
