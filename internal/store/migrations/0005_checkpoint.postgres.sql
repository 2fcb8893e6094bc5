-- +goose Up
-- What the ledger had in memory at one version, in parts: a start reads it and
-- what changed since, instead of all days and rows. It can be deleted at any time.
CREATE TABLE ledger_checkpoint (
    part    BIGINT PRIMARY KEY,
    payload BYTEA NOT NULL
);
