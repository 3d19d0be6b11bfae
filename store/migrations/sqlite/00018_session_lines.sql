-- +goose Up
-- Sessions that took one another's place in one browser, each with a newer proof
-- of the same user, are of one line, named by its first; '' in those of before.
ALTER TABLE sessions ADD COLUMN line TEXT NOT NULL DEFAULT '';
