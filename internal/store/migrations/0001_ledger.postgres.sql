-- +goose Up
-- The twin of 0001_ledger.sqlite.sql. Texts that are keys compare byte by byte
-- (COLLATE "C"), as in SQLite: lists come in the same order everywhere, and an
-- index outlives an operating system that sorts differently. Payloads are
-- compressed already (STORAGE EXTERNAL: not a second time).
CREATE TABLE ledger_stream (
    id        BIGINT PRIMARY KEY,
    indicator TEXT COLLATE "C" NOT NULL,
    grp       TEXT COLLATE "C" NOT NULL,
    UNIQUE (indicator, grp)
);

CREATE TABLE ledger_cursor (
    indicator    TEXT COLLATE "C" PRIMARY KEY,
    settled      BIGINT NOT NULL,
    backfilled   BIGINT NOT NULL,
    oldest       BIGINT NOT NULL,
    samples      BIGINT NOT NULL,
    busy_seconds DOUBLE PRECISION NOT NULL,
    done         BOOLEAN NOT NULL
);

CREATE TABLE ledger_journal (
    id          BIGINT PRIMARY KEY,
    written_at  BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    payload     BYTEA NOT NULL
);
ALTER TABLE ledger_journal ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE ledger_day (
    stream        BIGINT NOT NULL REFERENCES ledger_stream (id),
    day           BIGINT NOT NULL,
    good          DOUBLE PRECISION NOT NULL,
    total         DOUBLE PRECISION NOT NULL,
    measured      BIGINT NOT NULL,
    estimated     BIGINT NOT NULL,
    first_slot    BIGINT NOT NULL,
    last_slot     BIGINT NOT NULL,
    through_row   BIGINT NOT NULL,
    checksum      BIGINT NOT NULL,
    PRIMARY KEY (stream, day)
);

CREATE TABLE ledger_chunk (
    stream  BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (stream, day),
    FOREIGN KEY (stream, day) REFERENCES ledger_day (stream, day)
);
ALTER TABLE ledger_chunk ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE ledger_revision (
    stream      BIGINT NOT NULL REFERENCES ledger_stream (id),
    journal_row BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    written_at  BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    good_delta  DOUBLE PRECISION NOT NULL,
    total_delta DOUBLE PRECISION NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (stream, journal_row, seq)
);
