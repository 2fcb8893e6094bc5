-- +goose Up
-- The twin of 0002_spec.sqlite.sql.
CREATE TABLE spec_file (
    path      TEXT COLLATE "C" PRIMARY KEY,
    text      TEXT NOT NULL,
    loaded_at BIGINT NOT NULL
);
