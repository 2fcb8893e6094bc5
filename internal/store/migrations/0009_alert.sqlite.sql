-- +goose Up
-- The times that alert policies fired. resolved_at is 0 while one does.
CREATE TABLE alert_episode (
    id          TEXT PRIMARY KEY,
    fired_at    BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL,
    document    TEXT NOT NULL
);
CREATE INDEX alert_episode_resolved ON alert_episode (resolved_at);

-- Who was told what of them, so that nobody is told twice after a restart.
CREATE TABLE alert_told (
    episode TEXT NOT NULL,
    target  TEXT NOT NULL,
    state   TEXT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (episode, target, state)
);
