-- +goose Up
-- What people made in the page: exclusions, annotations, agreements, documents.
-- A definition is JSON; its form belongs to who made it.
CREATE TABLE object (
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    definition TEXT NOT NULL,
    saved_at   BIGINT NOT NULL,
    saved_by   TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);

-- Who changed what. A row is written with the change itself or not at all, and
-- is never changed.
CREATE TABLE audit (
    id      BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    summary TEXT NOT NULL
);
CREATE INDEX audit_object ON audit (kind, name, id);
