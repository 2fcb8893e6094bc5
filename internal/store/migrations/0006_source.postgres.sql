-- +goose Up
-- The twin of 0006_source.sqlite.sql.
CREATE TABLE source (
    name       TEXT COLLATE "C" PRIMARY KEY,
    definition TEXT NOT NULL,
    saved_at   BIGINT NOT NULL
);
