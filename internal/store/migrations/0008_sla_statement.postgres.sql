-- +goose Up
-- The twin of 0008_sla_statement.sqlite.sql.
CREATE TABLE sla_statement (
    sla       TEXT COLLATE "C" NOT NULL,
    customer  TEXT COLLATE "C" NOT NULL,
    period    TEXT COLLATE "C" NOT NULL,
    revision  BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    document  TEXT NOT NULL,
    digest    TEXT NOT NULL,
    PRIMARY KEY (sla, customer, period, revision)
);
