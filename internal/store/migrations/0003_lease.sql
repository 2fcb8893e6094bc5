-- +goose Up
-- The one row that every write to the ledger updates: it says by whose lease
-- (epoch) it is written and how often it was. Its lock is what makes a change of
-- hands and a write exclude one another.
CREATE TABLE ledger_lease (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    holder     TEXT NOT NULL,
    epoch      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
INSERT INTO ledger_lease (id, holder, epoch, expires_at, version) VALUES (1, '', 0, 0, 1);

-- Followers ask for the days that were sealed since they looked.
CREATE INDEX ledger_day_through ON ledger_day (through_row);
