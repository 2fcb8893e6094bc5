package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatCannotBeReadIsReadTheNextTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := &Server{o: Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
		ctx, stop := context.WithCancel(t.Context())
		began, times := time.Now(), []time.Duration{}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.follow(ctx, followed{"things", followEvery, func(context.Context) error {
				times = append(times, time.Since(began))
				switch len(times) {
				case 1:
					return errors.New("the database is away")
				case 3:
					stop()
					return ctx.Err()
				}
				return nil
			}})
		}()
		<-done
		require.Equal(t, []time.Duration{followEvery, 2 * followEvery, 3 * followEvery}, times)
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "an end is no failure: %s", log.String())
		require.Contains(t, log.String(), `what=things err="the database is away"`)
	})
}

func TestAServerOnItsOwnFollowsNobody(t *testing.T) {
	require.Empty(t, (&Server{}).followed())
}
