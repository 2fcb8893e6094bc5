-- +goose Up
-- The UTC day before which minutes are not kept: sealed days before it have
-- their totals in ledger_day and no payload. One row, with id 1.
CREATE TABLE ledger_thinned (
    id         BIGINT PRIMARY KEY,
    before_day BIGINT NOT NULL
);

-- How many revisions of a stream went with their minutes.
CREATE TABLE ledger_revision_pruned (
    stream    BIGINT PRIMARY KEY REFERENCES ledger_stream (id),
    revisions BIGINT NOT NULL
);

-- What is too old is found without reading what is not.
CREATE INDEX ledger_chunk_day ON ledger_chunk (day);
CREATE INDEX ledger_revision_to ON ledger_revision (to_minute);
