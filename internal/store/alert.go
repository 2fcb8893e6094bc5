package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/alert"
)

var _ alert.Store = (*Store)(nil)

// episodeRow is an episode as stored.
type episodeRow struct {
	bun.BaseModel `bun:"table:alert_episode"`
	ID            string `bun:",pk"`
	FiredAt       micros
	ResolvedAt    micros // 0: it fires
	Document      string
}

// SaveEpisodes implements alert.Store.
func (s *Store) SaveEpisodes(ctx context.Context, all []alert.Episode) error {
	rows := make([][]any, len(all))
	for i, e := range all {
		document, err := json.Marshal(e)
		if err != nil {
			return fault.Invalidf("episode %q cannot be written: %w", e.ID(), err)
		}
		if err := checkText("episode "+e.ID(), string(document)); err != nil {
			return err
		}
		resolved := int64(0)
		if !e.Open() {
			resolved = int64(microsOf(e.ResolvedAt))
		}
		rows[i] = []any{e.ID(), int64(microsOf(e.FiredAt)), resolved, string(document)}
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		const query = `INSERT INTO alert_episode (id, fired_at, resolved_at, document) VALUES (?)
			ON CONFLICT (id) DO UPDATE SET fired_at = excluded.fired_at, resolved_at = excluded.resolved_at, document = excluded.document`
		return execMany(ctx, tx, len(rows), query, func(i int) []any { return rows[i] })
	})
}

// Episodes implements alert.Store, the latest first.
func (s *Store) Episodes(ctx context.Context, since time.Time) ([]alert.Episode, error) {
	var rows []episodeRow
	if err := s.db.NewSelect().Model(&rows).Where("resolved_at = 0 OR resolved_at > ?", int64(microsOf(since))).
		OrderExpr("fired_at DESC, id").Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	all := make([]alert.Episode, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Document), &all[i]); err != nil {
			return nil, fmt.Errorf("alert episode %q cannot be read: %w", r.ID, err)
		}
	}
	return all, nil
}

// toldRow is a Told as stored.
type toldRow struct {
	bun.BaseModel `bun:"table:alert_told"`
	Episode       string `bun:",pk"`
	Target        string `bun:",pk"`
	State         string `bun:",pk"`
	At            micros
}

// SaveTold keeps that targets were told; what is kept already stays as it is.
func (s *Store) SaveTold(ctx context.Context, all []alert.Told) error {
	for _, t := range all {
		if err := firstError(checkText("an alert target", t.Target), checkText("an alert episode", t.Episode)); err != nil {
			return err
		}
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		const query = `INSERT INTO alert_told (episode, target, state, at) VALUES (?) ON CONFLICT (episode, target, state) DO NOTHING`
		return execMany(ctx, tx, len(all), query, func(i int) []any {
			return []any{all[i].Episode, all[i].Target, all[i].State, int64(microsOf(all[i].At))}
		})
	})
}

// ToldSince lists who was told something after since, and of what is open.
func (s *Store) ToldSince(ctx context.Context, since time.Time) ([]alert.Told, error) {
	var rows []toldRow
	if err := s.db.NewSelect().Model(&rows).
		Where("at > ? OR episode IN (SELECT id FROM alert_episode WHERE resolved_at = 0)", int64(microsOf(since))).
		OrderExpr("at, episode, target, state").Scan(ctx); err != nil {
		return nil, s.noted(err)
	}
	all := make([]alert.Told, len(rows))
	for i, r := range rows {
		all[i] = alert.Told{Episode: r.Episode, Target: r.Target, State: r.State, At: r.At.time()}
	}
	return all, nil
}

// DropEpisodes forgets episodes that ended before an instant, and who was told of
// them.
func (s *Store) DropEpisodes(ctx context.Context, before time.Time) error {
	at := int64(microsOf(before))
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		const ended = "resolved_at > 0 AND resolved_at < ?"
		if _, err := tx.NewDelete().Model((*toldRow)(nil)).Where("episode IN (SELECT id FROM alert_episode WHERE "+ended+")", at).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*episodeRow)(nil)).Where(ended, at).Exec(ctx)
		return err
	})
}
