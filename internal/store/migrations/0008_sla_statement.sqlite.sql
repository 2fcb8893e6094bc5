-- +goose Up
-- Statements of agreements as they were issued. A row is never changed and never
-- removed: who corrects a statement issues its next revision. The document is what
-- was signed, to the byte; the digest is its SHA-256.
CREATE TABLE sla_statement (
    sla       TEXT NOT NULL,
    customer  TEXT NOT NULL,
    period    TEXT NOT NULL,
    revision  BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    document  TEXT NOT NULL,
    digest    TEXT NOT NULL,
    PRIMARY KEY (sla, customer, period, revision)
);
