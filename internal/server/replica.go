package server

import (
	"crypto/rand"
	"net"
	"os"
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/collector"
)

// aloneTTL is how long the lease lasts where no other process can open the
// database: the lock of the data directory does what renewing would.
const aloneTTL = 24 * time.Hour

// openReplica lets this process collect when it is its turn.
func (s *Server) openReplica() error {
	name, err := s.replicaName()
	if err != nil {
		return err
	}
	o := collector.ReplicaOptions{
		Name: name, Leases: s.store, Ledger: s.ledger, Collect: s.lead, Now: s.o.Now, Logger: s.o.Logger,
	}
	if s.o.Database == "" {
		o.TTL = aloneTTL
	}
	s.replica = collector.NewReplica(o)
	s.metrics.registry.MustRegister(client.NewGaugeFunc(client.GaugeOpts{
		Name: "hindcast_collector_leader", Help: "1 on the replica that collects, 0 on those that follow it.",
	}, func() float64 {
		if s.replica.State().Collecting {
			return 1
		}
		return 0
	}))
	return nil
}

// replicaName names this process as no other: by host and port for people, and
// by chance for the lease.
func (s *Server) replicaName() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fault.Unavailablef("read the host's name: %w", err)
	}
	_, port, err := net.SplitHostPort(s.Address())
	return net.JoinHostPort(host, port) + "/" + rand.Text()[:8], err
}

// maxBehind is how old a follower's figures may get before its health says so:
// followers look every second, and a change of hands takes some ten.
const maxBehind = 30 * time.Second

// replicaHealth tells who collects.
func (s *Server) replicaHealth() model.Component {
	state := s.replica.State()
	behind := state.Behind.Truncate(time.Second)
	switch {
	case state.Collecting:
		return s.component("collection", true, "collecting")
	case state.Error != "":
		return s.component("collection", false, "not collecting, and %s behind those who may be: %s", behind, state.Error)
	case state.Holder == "":
		return s.component("collection", behind < maxBehind, "nobody collects yet")
	default:
		return s.component("collection", behind < maxBehind, "following %s, %s behind", state.Holder, behind)
	}
}
