package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/store/storetest"
)

// address is a PostgreSQL database by its URL.
type address string

func (a address) Open(t testing.TB) storetest.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Database: string(a)})
	require.NoError(t, err)
	return s
}

func TestRealPostgres(t *testing.T) {
	server := realtest.NewPostgres(t)
	storetest.Run(t, func(t testing.TB) storetest.Database { return address(server.Database(t)) })
}
