-- +goose Up
-- INTEGER PRIMARY KEY is SQLite's own row number: no second index.
CREATE TABLE ledger_stream (
    id        INTEGER PRIMARY KEY,
    indicator TEXT NOT NULL,
    grp       TEXT NOT NULL,
    UNIQUE (indicator, grp)
);

CREATE TABLE ledger_cursor (
    indicator    TEXT PRIMARY KEY,
    settled      BIGINT NOT NULL,
    backfilled   BIGINT NOT NULL,
    oldest       BIGINT NOT NULL,
    samples      BIGINT NOT NULL,
    busy_seconds DOUBLE PRECISION NOT NULL,
    done         BOOLEAN NOT NULL
);

CREATE TABLE ledger_journal (
    id          INTEGER PRIMARY KEY,
    written_at  BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    payload     BLOB NOT NULL
);

-- The totals of sealed days are read at every start, the payloads are not:
-- they live apart.
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
) WITHOUT ROWID;

CREATE TABLE ledger_chunk (
    stream  BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (stream, day),
    FOREIGN KEY (stream, day) REFERENCES ledger_day (stream, day)
);

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
) WITHOUT ROWID;
