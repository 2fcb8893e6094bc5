package store

import "context"

// Checkpoint writes the log into the file, so that its size can be told.
func (s *Store) Checkpoint(ctx context.Context) error {
	_, err := s.db.DB.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}
