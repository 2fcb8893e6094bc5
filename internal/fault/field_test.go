package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
)

func TestAFieldIsNotedBesideTheError(t *testing.T) {
	cause := fault.Conflictf("source %q exists already", "main")
	err := fmt.Errorf("save: %w", fault.At("name", cause))
	require.Equal(t, "name", fault.FieldOf(err))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Equal(t, `save: source "main" exists already`, err.Error())
	require.ErrorIs(t, err, cause)
	require.Empty(t, fault.FieldOf(cause))
	require.Empty(t, fault.FieldOf(errors.New("save")))
	require.NoError(t, fault.At("name", nil))
}
