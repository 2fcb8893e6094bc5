-- +goose Up
-- The twin of 0009_alert.sqlite.sql.
CREATE TABLE alert_episode (
    id          TEXT COLLATE "C" PRIMARY KEY,
    fired_at    BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL,
    document    TEXT NOT NULL
);
CREATE INDEX alert_episode_resolved ON alert_episode (resolved_at);

CREATE TABLE alert_told (
    episode TEXT COLLATE "C" NOT NULL,
    target  TEXT COLLATE "C" NOT NULL,
    state   TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (episode, target, state)
);
