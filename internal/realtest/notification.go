package realtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// Notification is what an Alertmanager sends to a webhook.
type Notification struct {
	Version, Status string
	Alerts          []struct {
		Status              string
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
		GeneratorURL        string
	}
}

// Notifications are those that an Alertmanager sent, in order.
type Notifications struct {
	mu  sync.Mutex
	all []Notification
}

// NewNotifyingAlertmanager starts an Alertmanager that tells a webhook of
// beginnings and ends, of each group of alerts that agree on a label, and keeps
// what the webhook gets. It waits for nothing, and repeats nothing within the hour:
// whatever comes twice was two things to it.
func NewNotifyingAlertmanager(t testing.TB, groupBy string) (*Alertmanager, *Notifications) {
	t.Helper()
	n := &Notifications{}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got Notification
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		n.all = append(n.all, got)
	}))
	t.Cleanup(hook.Close)
	return NewAlertmanager(t, `
route: {receiver: hook, group_wait: 10ms, group_interval: 1s, repeat_interval: 1h, group_by: [`+groupBy+`]}
receivers: [{name: hook, webhook_configs: [{url: `+hook.URL+`, send_resolved: true}]}]
`), n
}

// All returns what came so far.
func (n *Notifications) All() []Notification {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

// Statuses returns the status of each, firing or resolved.
func (n *Notifications) Statuses() []string {
	var all []string
	for _, one := range n.All() {
		all = append(all, one.Status)
	}
	return all
}
