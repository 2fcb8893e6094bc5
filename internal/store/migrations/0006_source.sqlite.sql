-- +goose Up
-- The sources that were connected in the page. A definition is JSON and holds no
-- secret, only where it is read from.
CREATE TABLE source (
    name       TEXT PRIMARY KEY,
    definition TEXT NOT NULL,
    saved_at   BIGINT NOT NULL
);
