-- +goose Up
-- The last good text of each specification file, so that a file which is broken
-- at the next start does not remove what it defined.
CREATE TABLE spec_file (
    path      TEXT PRIMARY KEY,
    text      TEXT NOT NULL,
    loaded_at BIGINT NOT NULL
);
