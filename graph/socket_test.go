package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// socketProofs are the limits of sockets.
func socketProofs() map[string]holds {
	return map[string]holds{
		"Sockets": socketsHold, "Subscriptions": subscriptionsHold, "MessagesPerSecond": messagesHold,
		"InitTimeout": initTimeoutHolds, "Ping": pingHolds, "WriteTimeout": writeTimeoutHolds,
	}
}

func TestEverySocketLimitHolds(t *testing.T) { prove(t, socketProofs()) }

// wire is a network inside a bubble: every dial is a pipe to the server.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}
func (w *wire) Close() error   { return nil }
func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "bubble"} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	w.conns <- there
	return here, nil
}

// serve runs the handler of f and returns a client for it.
func serve(t *testing.T, f *fixture) *http.Client {
	t.Helper()
	w := &wire{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: f.handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(w) }()
	transport := &http.Transport{DialContext: w.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		close(w.closed)
		_ = f.handler.Close(context.Background())
		_ = server.Close()
	})
	return &http.Client{Transport: transport}
}

// client is one open socket.
type client struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a socket; change changes the options of the dial.
func dial(t *testing.T, c *http.Client, change func(*websocket.DialOptions)) (*client, *http.Response, error) {
	t.Helper()
	o := &websocket.DialOptions{HTTPClient: c, Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{}}
	if change != nil {
		change(o)
	}
	conn, resp, err := websocket.Dial(t.Context(), "ws://localhost:8480/graphql", o)
	if err != nil {
		return nil, resp, err
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &client{t, conn}, resp, nil
}

// connect opens a socket and shakes hands.
func connect(t *testing.T, f *fixture) *client {
	t.Helper()
	c, _, err := dial(t, serve(t, f), nil)
	require.NoError(t, err)
	c.send(`{"type":"connection_init"}`)
	require.Equal(t, "connection_ack", c.next().Type)
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	require.NoError(c.t, c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)))
}

func (c *client) subscribe(id, query string) {
	c.t.Helper()
	c.send(fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, query))
}

// message is one message from the server.
type message struct {
	envelope
	Payload json.RawMessage `json:"payload"`
}

// next returns the next message that is no ping.
func (c *client) next() message {
	c.t.Helper()
	m, err := c.read()
	require.NoError(c.t, err)
	return m
}

func (c *client) read() (message, error) {
	for {
		var m message
		_, text, err := c.conn.Read(c.t.Context())
		if err != nil {
			return m, err
		}
		if err := json.Unmarshal(text, &m); err != nil || m.Type != "ping" {
			return m, err
		}
	}
}

// status reads until the socket is closed and returns the status.
func (c *client) status() websocket.StatusCode {
	for {
		if _, err := c.read(); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func socketsHold(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	c := serve(t, f)
	var last *client
	for range DefaultLimits().Sockets {
		var err error
		last, _, err = dial(t, c, nil)
		require.NoError(t, err)
	}
	_, resp, err := dial(t, c, nil)
	if err == nil {
		return false
	}
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	require.NoError(t, last.conn.Close(websocket.StatusNormalClosure, ""))
	synctest.Wait()
	_, _, err = dial(t, c, nil)
	require.NoError(t, err, "a socket that was closed makes room")
	return true
}

func subscriptionsHold(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	c := connect(t, f)
	for i := range DefaultLimits().Subscriptions + 1 {
		c.subscribe(strconv.Itoa(i), "subscription{sloChanged{slo{name}}}")
	}
	synctest.Wait()
	f.hub.Notify("api")
	held := false
	for range DefaultLimits().Subscriptions + 1 {
		if m := c.next(); m.Type == "error" {
			require.Contains(t, string(m.Payload), `"limit":"Subscriptions"`)
			held = true
		}
	}
	if held {
		c.send(`{"id":"0","type":"complete"}`)
		require.Equal(t, "complete", c.next().Type)
		c.subscribe("again", "{health{ready}}")
		require.Equal(t, "next", c.next().Type, "an operation that ended makes room")
	}
	return held
}

func messagesHold(t *testing.T, change func(*Limits)) bool {
	c := connect(t, live(t, func(_ *Options, l *Limits) { change(l) }))
	closed := make(chan websocket.StatusCode, 1)
	go func() { closed <- c.status() }()
	for range 5*DefaultLimits().MessagesPerSecond + 1 {
		if c.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
			break
		}
	}
	synctest.Wait()
	select {
	case status := <-closed:
		return status == closeTooManyRequests
	default:
		_ = c.conn.CloseNow()
		<-closed
		return false
	}
}

// idle opens a socket, lets pass and reports whether it was closed meanwhile.
func idle(t *testing.T, change func(*Limits), shake bool, pass time.Duration) bool {
	f := live(t, func(_ *Options, l *Limits) { change(l) })
	c, _, err := dial(t, serve(t, f), nil)
	require.NoError(t, err)
	if shake {
		c.send(`{"type":"connection_init"}`)
	}
	closed := make(chan struct{})
	go func() {
		c.status()
		close(closed)
	}()
	time.Sleep(pass)
	synctest.Wait()
	select {
	case <-closed:
		return true
	default:
		_ = c.conn.CloseNow()
		<-closed
		return false
	}
}

func initTimeoutHolds(t *testing.T, change func(*Limits)) bool {
	return idle(t, change, false, DefaultLimits().InitTimeout+time.Second)
}

// pingHolds answers no ping.
func pingHolds(t *testing.T, change func(*Limits)) bool {
	return idle(t, change, true, 2*DefaultLimits().Ping+time.Second)
}

// writeTimeoutHolds subscribes and never reads again: a pipe holds nothing, so
// that the first event blocks the server.
func writeTimeoutHolds(t *testing.T, change func(*Limits)) bool {
	f := live(t, func(_ *Options, l *Limits) {
		l.Ping = time.Hour
		change(l)
	})
	c := connect(t, f)
	c.subscribe("1", "subscription{sloChanged{slo{name}}}")
	synctest.Wait()
	f.hub.Notify("api")
	time.Sleep(DefaultLimits().WriteTimeout + time.Second)
	synctest.Wait()
	return f.handler.sockets.count() == 0
}

// count returns how many watch.
func (h *Hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers)
}

// count returns how many sockets are open.
func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

func TestASocketDeliversChangesAndEndsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, nil)
		c := connect(t, f)
		c.subscribe("1", fmt.Sprintf("subscription{sloChanged(ids:[%q]){slo{name budget{state remaining}}at}}", idOf(sloID, "broken")))
		c.subscribe("2", "subscription{healthChanged{ready version}}")
		require.JSONEq(t, `{"data":{"healthChanged":{"ready":true,"version":"test"}}}`, string(c.next().Payload), "health is sent at once")
		synctest.Wait()
		sockets, operations := f.handler.Open()
		require.Equal(t, []int{1, 2}, []int{sockets, operations})
		at := time.Now()
		f.hub.Notify("api", "broken")
		m := c.next()
		require.Equal(t, "1", m.ID)
		require.JSONEq(t, fmt.Sprintf(`{"data":{"sloChanged":{"slo":{"name":"broken","budget":{"state":"BREACHED","remaining":-9}},"at":%q}}}`,
			at.UTC().Format(time.RFC3339Nano)), strings.ReplaceAll(string(m.Payload), "-8.999999999999998", "-9"))
		f.health.changed <- struct{}{}
		require.Equal(t, "2", c.next().ID)
		c.send(`{"id":"1","type":"complete"}`)
		require.Equal(t, message{envelope: envelope{ID: "1", Type: "complete"}}, c.next())
		f.hub.Notify("broken")
		f.health.changed <- struct{}{}
		require.Equal(t, "2", c.next().ID, "nothing comes on an operation that was completed")
		require.NoError(t, c.conn.Close(websocket.StatusNormalClosure, ""))
		synctest.Wait()
		synctest.Wait()
		require.Zero(t, f.hub.count())
		require.Zero(t, f.handler.sockets.count())
		_, operations = f.handler.Open()
		require.Zero(t, operations)
	})
}

func TestASocketIsClosedForWhatBreaksTheProtocol(t *testing.T) {
	tests := map[string]struct {
		messages []string
		status   websocket.StatusCode
	}{
		"an id that is taken": {[]string{
			`{"id":"1","type":"subscribe","payload":{"query":"subscription{healthChanged{ready}}"}}`,
			`{"id":"1","type":"subscribe","payload":{"query":"subscription{healthChanged{ready}}"}}`,
		}, closeDuplicate},
		"an operation without an id":       {[]string{`{"type":"subscribe","payload":{"query":"{health{ready}}"}}`}, closeBadRequest},
		"an id that is too long":           {[]string{`{"id":"` + strings.Repeat("a", 129) + `","type":"subscribe"}`}, closeBadRequest},
		"what is not JSON":                 {[]string{`{`}, closeBadRequest},
		"what nests too deep":              {[]string{`{"id":"1","type":"subscribe","payload":` + deepJSON(100) + `}`}, closeBadRequest},
		"a frame of 1 MiB":                 {[]string{strings.Repeat(" ", 1<<20)}, websocket.StatusMessageTooBig},
		"a message of a type that is none": {[]string{`{"type":"start"}`}, closeBadRequest},
		"a second connection_init":         {[]string{`{"type":"connection_init"}`}, websocket.StatusProtocolError},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := live(t, nil)
				c := connect(t, f)
				go func() {
					for _, m := range tt.messages {
						_ = c.conn.Write(t.Context(), websocket.MessageText, []byte(m))
					}
				}()
				require.Equal(t, tt.status, c.status())
				synctest.Wait()
				require.Zero(t, f.handler.sockets.count())
			})
		})
	}
}

func TestASocketOutlivesOperationsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, live(t, nil))
		refused := map[string]string{
			`{"query":"subscription{sloChanged(ids:[\"x\"]){at}}"}`:                                             "INVALID",
			`{"query":"subscription{sloChanged{slo{` + strings.Repeat("name ", 11) + `}}}"}`:                    "SameKey",
			`{"query":"subscription{nobody}"}`:                                                                  "GRAPHQL_VALIDATION_FAILED",
			`{"query":"{"}`:                                                                                     "GRAPHQL_PARSE_FAILED",
			`{"query":"` + strings.Repeat("a", 17<<10) + `"}`:                                                   "QueryText",
			`{"query":"subscription{a:healthChanged{ready}b:healthChanged{ready}}"}`:                            "GRAPHQL_VALIDATION_FAILED",
			`{"query":"query($n:Int!){slos(first:$n){nodes{name}}}","variables":{"n":99999999999999999999999}}`: "GRAPHQL_VALIDATION_FAILED",
			`5`: "invalid json",
		}
		id := 0
		for payload, want := range refused {
			id++
			c.send(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":%s}`, id, payload))
			m := c.next()
			require.Contains(t, string(m.Payload), want, payload)
			for m.Type != "complete" { // gqlgen completes what it refused, too
				m = c.next()
			}
		}
		c.send(`{"id":"nobody","type":"complete"}`)
		c.subscribe("last", "{health{ready}}")
		require.Equal(t, "next", c.next().Type)
	})
}

func TestASocketLeavesNothingBehind(t *testing.T) {
	tests := map[string]func(*client){
		"init with a payload that is no object": func(c *client) { c.send(`{"type":"connection_init","payload":5}`) },
		"subscribe before init":                 func(c *client) { c.subscribe("1", "{health{ready}}") },
		"complete before init":                  func(c *client) { c.send(`{"id":"1","type":"complete"}`) },
		"the client is gone":                    func(c *client) { _ = c.conn.CloseNow() },
	}
	for name, act := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := live(t, nil)
				c, _, err := dial(t, serve(t, f), nil)
				require.NoError(t, err)
				act(c)
				c.status()
				synctest.Wait()
				require.Zero(t, f.handler.sockets.count())
			})
		})
	}
}

func TestClosingTheHandlerEndsItsSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, nil)
		c := connect(t, f)
		c.subscribe("1", "subscription{sloChanged{at}}")
		synctest.Wait()
		done := make(chan error, 1)
		go func() { done <- f.handler.Close(t.Context()) }()
		require.Equal(t, websocket.StatusGoingAway, c.status())
		require.NoError(t, <-done)
		synctest.Wait()
		require.Zero(t, f.hub.count())
		r := f.send("", func(r *http.Request) {
			r.Method = http.MethodGet
			r.Header.Set("Upgrade", "websocket")
			r.Header.Set("Sec-Websocket-Protocol", subprotocol)
		})
		require.Equal(t, http.StatusTooManyRequests, r.Code)
	})
}

func TestFollowersSendWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		events := (&resolver{Options: f.Options, limits: f.limits()}).follow(ctx, func(name string) bool { return name != "quiet" }, false)
		f.hub.Notify("api", "quiet", "nobody")
		require.Equal(t, "api", (<-events).Slo.Name)

		f.hub.Notify("api")
		f.hub.Notify("broken")
		require.Equal(t, "broken", (<-events).Slo.Name, "another SLO waits for nobody")
		start := time.Now()
		require.Equal(t, "api", (<-events).Slo.Name)
		require.Equal(t, time.Second, time.Since(start))

		time.Sleep(time.Minute)
		changed := fakeSLO("shop", "api")
		f.SLOs.Replace([]*slo.SLO{changed, f.SLOs.ByName("broken")}, nil)
		require.Same(t, changed, (<-events).Slo, "a new definition is a change")

		time.Sleep(time.Minute)
		f.hub.Notify("broken")
		synctest.Wait()
		f.SLOs.Replace([]*slo.SLO{changed}, nil)
		synctest.Wait()
		cancel()
		for e := range events {
			require.NotEqual(t, "broken", e.Slo.Name, "what was removed is not sent")
		}
		synctest.Wait()
		require.Zero(t, f.hub.count())
	})
}

func TestWhatWasDecidedDoesNotWaitForWhatWasMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, nil)
		r := &resolver{Options: f.Options, limits: f.limits()}
		all := func(string) bool { return true }
		events, decisions := r.follow(t.Context(), all, false), r.follow(t.Context(), all, true)
		start := time.Now()
		takes := func(from <-chan *model.SloChange, decided bool, after time.Duration, why string) {
			t.Helper()
			got := <-from
			require.Equal(t, "api", got.Slo.Name, why)
			require.Equal(t, decided, got.Decided, why)
			require.Equal(t, after, time.Since(start), why)
		}
		f.hub.Notify("api")
		takes(events, false, 0, "the first that is measured goes at once")
		f.hub.Decide("api")
		takes(events, true, 0, "what is decided right after it too")
		takes(decisions, true, 0, "a watcher of decisions is told of no measurement")
		time.Sleep(100 * time.Millisecond)
		f.hub.Notify("api")
		f.hub.Decide("api")
		takes(events, true, time.Second, "the next of both, which are one, a second after the last")
		takes(decisions, true, time.Second, "also where measurements are not sent")

		f.SLOs.Replace([]*slo.SLO{fakeSLO("shop", "api")}, nil)
		takes(events, true, 2*time.Second, "a definition is decided")
	})
}

// TestDearEventsArePaced subscribes to events that each walk a hundred SLOs: the
// first come at once, the others as their price comes back.
func TestDearEventsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := live(t, func(o *Options, l *Limits) {
			manySLOs(o, l)
			o.Evaluator = &fakeEvaluator{}
		})
		c := connect(t, f)
		c.subscribe("1", "subscription{sloChanged{slo{service{slos(first:100){nodes{name "+repeat(8, "...F# ")+"}}}}}}"+
			repeat(8, " fragment F# on Slo{id name displayName description team method unit coverage}"))
		synctest.Wait()
		for _, s := range f.SLOs.All() {
			f.hub.Notify(s.Objectives[0].Indicator.Key())
		}
		start, atOnce, later := time.Now(), 0, 0
		for time.Since(start) < 20*time.Second {
			require.Equal(t, "next", c.next().Type)
			if time.Since(start) < 500*time.Millisecond {
				atOnce++
			} else {
				later++
			}
		}
		require.InDelta(t, 10, atOnce, 3)
		require.InDelta(t, 20, later, 5)
		require.Empty(t, decode(t, f.post("{health{ready}}", nil)).Errors, "questions are paid from another purse")
		_ = c.conn.CloseNow()
	})
}

func TestSocketsOfOthersAreRefused(t *testing.T) {
	tests := map[string]struct {
		change func(*websocket.DialOptions)
		status int
	}{
		"no sub-protocol":      {func(o *websocket.DialOptions) { o.Subprotocols = nil }, http.StatusBadRequest},
		"the older protocol":   {func(o *websocket.DialOptions) { o.Subprotocols = []string{"graphql-ws"} }, http.StatusBadRequest},
		"a foreign origin":     {func(o *websocket.DialOptions) { o.HTTPHeader.Set("Origin", "http://evil.example") }, http.StatusForbidden},
		"an origin of nothing": {func(o *websocket.DialOptions) { o.HTTPHeader.Set("Origin", "null") }, http.StatusForbidden},
		"a foreign host":       {func(o *websocket.DialOptions) { o.Host = "evil.example" }, http.StatusForbidden},
		"another port's page":  {func(o *websocket.DialOptions) { o.HTTPHeader.Set("Origin", "http://localhost:9999") }, http.StatusForbidden},
		"both protocols":       {func(o *websocket.DialOptions) { o.Subprotocols = []string{"graphql-ws", subprotocol} }, http.StatusSwitchingProtocols},
		"the own origin":       {func(o *websocket.DialOptions) { o.HTTPHeader.Set("Origin", "http://localhost:8480") }, http.StatusSwitchingProtocols},
		"an allowed origin":    {func(o *websocket.DialOptions) { o.HTTPHeader.Set("Origin", "http://localhost:5173") }, http.StatusSwitchingProtocols},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := live(t, func(o *Options, _ *Limits) { o.AllowedOrigins = []string{"http://localhost:5173"} })
				c, resp, err := dial(t, serve(t, f), tt.change)
				require.Equal(t, tt.status, resp.StatusCode)
				if tt.status != http.StatusSwitchingProtocols {
					require.Error(t, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, subprotocol, c.conn.Subprotocol())
			})
		})
	}
}
