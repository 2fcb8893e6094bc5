package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/hindcast/hindcast/internal/fault"
)

// subprotocol is the only one that is spoken: gqlgen would fall back to the
// older one, which has no limits worth the name.
const subprotocol = "graphql-transport-ws"

// Codes that a socket is closed with, from the protocol's list.
const (
	closeBadRequest      = 4400
	closeDuplicate       = 4409
	closeTooManyRequests = 4429
	closeGoingAway       = int(websocket.StatusGoingAway)
)

// sockets opens the sockets of subscriptions and knows how many there are.
type sockets struct {
	limits  Limits
	origins []string
	now     func() time.Time
	observe Observer

	closing context.Context // ends when the handler is closed
	end     context.CancelFunc

	mu   sync.Mutex
	open map[string]int // sockets by principal
	busy atomic.Int64   // operations under way on all sockets
	live sync.WaitGroup
}

func newSockets(o Options, limits Limits) *sockets {
	s := &sockets{limits: limits, origins: o.AllowedOrigins, now: o.Now, observe: o.Observer, open: make(map[string]int)}
	s.closing, s.end = context.WithCancel(context.Background())
	return s
}

// close ends every socket and waits until they are gone or ctx ends.
func (s *sockets) close(ctx context.Context) error {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.live.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transport returns gqlgen's protocol over sockets of ours.
func (s *sockets) transport() graphql.Transport {
	limit := int64(s.limits.Body)
	return socketTransport{sockets: s, protocol: transport.Websocket{
		Implementation:   s,
		InitTimeout:      s.limits.InitTimeout,
		PingPongInterval: s.limits.Ping,
		PayloadReadLimit: &limit,
	}}
}

// socketTransport counts sockets and leaves none behind: gqlgen returns without
// closing when the payload of connection_init is not an object.
type socketTransport struct {
	sockets  *sockets
	protocol transport.Websocket
}

// Supports implements graphql.Transport.
func (t socketTransport) Supports(r *http.Request) bool { return t.protocol.Supports(r) }

// Do serves one socket until it is closed.
func (t socketTransport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	principal := requestOf(r.Context()).principal
	if !t.sockets.enter(principal) {
		refused := refuse(http.StatusTooManyRequests, codeLimit, "more than %d sockets are open from here", t.sockets.limits.Sockets).
			naming("Sockets", t.sockets.limits.Sockets)
		t.sockets.observe.Refused(refused.outcome())
		refused.write(w)
		return
	}
	defer t.sockets.leave(principal)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(t.sockets.closing, cancel)()
	held := &holder{}
	defer held.finish()
	t.protocol.Do(w, r.WithContext(context.WithValue(ctx, holderKey{}, held)), exec)
}

// enter counts a socket in, unless there are too many or all are being closed.
func (s *sockets) enter(principal string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil || over(s.open[principal]+1, s.limits.Sockets) {
		return false
	}
	s.open[principal]++
	s.live.Add(1)
	return true
}

// leave counts a socket out.
func (s *sockets) leave(principal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[principal]--; s.open[principal] == 0 {
		delete(s.open, principal)
	}
	s.live.Done()
}

// inUse returns how many sockets and operations on them are open.
func (s *sockets) inUse() (open, operations int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.open {
		open += n
	}
	return open, int(s.busy.Load())
}

type holderKey struct{}

// holder leads from a request to the socket that it became.
type holder struct{ socket *socket }

func (h *holder) finish() {
	if h.socket != nil {
		h.socket.finish()
	}
}

// Accept implements transport.WebsocketImplementation; gqlgen's own list of
// sub-protocols is not offered.
func (s *sockets) Accept(w http.ResponseWriter, r *http.Request, _ transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:    []string{subprotocol},
		OriginPatterns:  s.origins,
		CompressionMode: websocket.CompressionDisabled, // no bombs, and no memory per socket
	})
	if err != nil {
		return nil, err
	}
	burst := 5 * s.limits.MessagesPerSecond
	sock := &socket{sockets: s, conn: conn, active: make(map[string]struct{}), pace: rate.NewLimiter(rate.Limit(s.limits.MessagesPerSecond), burst)}
	if held, ok := r.Context().Value(holderKey{}).(*holder); ok {
		held.socket = sock
	}
	return sock, nil
}

// socket is one connection. It keeps the protocol's rules that gqlgen does not:
// ids are unique, operations are counted, messages have a pace, writes end.
type socket struct {
	sockets *sockets
	conn    *websocket.Conn
	pace    *rate.Limiter

	mu       sync.Mutex
	active   map[string]struct{} // ids of operations under way
	deadline *time.Timer
	closed   chan struct{} // not nil once a close handshake began; closed when it ended
	finished bool
}

var _ interface {
	transport.WebsocketConn
	transport.WebsocketReadLimiter
	transport.WebsocketReadDeadliner
} = (*socket)(nil)

// envelope is what every message of the protocol has.
type envelope struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// maxOperationID is longer than a UUID.
const maxOperationID = 128

// NextReader returns the next message that may reach gqlgen.
func (s *socket) NextReader() (int, io.Reader, error) {
	for {
		kind, text, err := s.conn.Read(context.Background())
		if err != nil {
			return int(kind), nil, readError(err)
		}
		pass, err := s.admit(text)
		if err != nil {
			return int(kind), nil, err
		}
		if pass {
			return int(kind), bytes.NewReader(text), nil
		}
	}
}

// readError tells gqlgen an ordinary end from a broken one.
func readError(err error) error {
	switch websocket.CloseStatus(err) {
	case websocket.StatusNormalClosure, websocket.StatusGoingAway, websocket.StatusNoStatusRcvd:
		return transport.ErrWebsocketClosed
	default:
		return err
	}
}

// admit decides on one message: let it pass, swallow it, or close the socket.
func (s *socket) admit(text []byte) (pass bool, err error) {
	if s.sockets.limits.MessagesPerSecond > 0 && !s.pace.AllowN(s.sockets.now(), 1) {
		return false, s.refuse(closeTooManyRequests, "too many messages")
	}
	if tooDeep(text, s.sockets.limits.JSONDepth) {
		return false, s.refuse(closeBadRequest, "a message nests too deep")
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return false, s.refuse(closeBadRequest, "a message is not a JSON object with a type")
	}
	switch e.Type {
	case "subscribe":
		return s.begin(e.ID)
	case "connection_init", "complete", "ping", "pong":
		return true, nil
	default:
		return false, s.refuse(closeBadRequest, "a message has a type that clients do not send")
	}
}

// begin notes an operation, unless its id is taken or there are too many.
func (s *socket) begin(id string) (pass bool, err error) {
	s.mu.Lock()
	_, taken := s.active[id]
	full := over(len(s.active)+1, s.sockets.limits.Subscriptions)
	if !taken && !full && id != "" && len(id) <= maxOperationID {
		s.active[id] = struct{}{}
		s.sockets.busy.Add(1)
		s.mu.Unlock()
		return true, nil
	}
	s.mu.Unlock()
	switch {
	case id == "" || len(id) > maxOperationID:
		return false, s.refuse(closeBadRequest, "an operation needs an id of at most 128 bytes")
	case taken:
		return false, s.refuse(closeDuplicate, "an operation with this id is under way")
	default:
		return false, s.tooMany(id)
	}
}

// tooMany answers one operation beyond the limit; the socket stays.
func (s *socket) tooMany(id string) error {
	max := s.sockets.limits.Subscriptions
	s.sockets.observe.Refused(Outcome{Code: codeLimit, Limit: "Subscriptions"})
	err := exceeds("Subscriptions", max, "more than %d operations are under way on this socket", max)
	return s.write(map[string]any{"id": id, "type": "error", "payload": []any{err}})
}

// WriteJSON sends one message of gqlgen's and notes operations that ended.
func (s *socket) WriteJSON(v any) error { return s.write(v) }

// write sends one message. Who does not read for WriteTimeout loses the socket.
func (s *socket) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	var e envelope
	if json.Unmarshal(text, &e) == nil && (e.Type == "complete" || e.Type == "error") {
		s.mu.Lock()
		if _, under := s.active[e.ID]; under {
			delete(s.active, e.ID)
			s.sockets.busy.Add(-1)
		}
		s.mu.Unlock()
	}
	ctx := context.Background()
	if limit := s.sockets.limits.WriteTimeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return s.conn.Write(ctx, websocket.MessageText, text) // closes the connection when the time is up
}

// errRefused ends gqlgen's loop after a socket was closed for what it sent.
var errRefused = errors.New(fault.Invalid.String())

// refuse closes the socket with a code and a reason.
func (s *socket) refuse(code int, reason string) error {
	_ = s.WriteClose(code, reason)
	return errRefused
}

// WriteClose begins the close handshake, which may take seconds, and returns.
func (s *socket) WriteClose(code int, reason string) error {
	if s.sockets.closing.Err() != nil {
		code, reason = closeGoingAway, "the server ends"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed != nil || s.finished {
		return nil
	}
	s.closed = make(chan struct{})
	go func() {
		defer close(s.closed)
		_ = s.conn.Close(websocket.StatusCode(code), reason)
	}()
	return nil
}

// Close implements io.Closer. The connection itself is closed by finish, so
// that a close frame on its way is not cut off.
func (s *socket) Close() error { return s.SetReadDeadline(time.Time{}) }

// finish waits for a close handshake, or ends the connection without one.
func (s *socket) finish() {
	s.mu.Lock()
	s.finished = true
	s.sockets.busy.Add(-int64(len(s.active)))
	clear(s.active)
	handshake := s.closed
	s.mu.Unlock()
	_ = s.SetReadDeadline(time.Time{})
	if handshake != nil {
		<-handshake
	}
	_ = s.conn.CloseNow()
}

// Subprotocol implements transport.WebsocketConn.
func (s *socket) Subprotocol() string { return s.conn.Subprotocol() }

// SetReadLimit implements transport.WebsocketReadLimiter.
func (s *socket) SetReadLimit(limit int64) { s.conn.SetReadLimit(limit) }

// SetReadDeadline ends the connection at t, unless it is called again before;
// the zero time takes the deadline away.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deadline != nil {
		s.deadline.Stop()
		s.deadline = nil
	}
	if !t.IsZero() {
		s.deadline = time.AfterFunc(t.Sub(s.sockets.now()), func() { _ = s.conn.CloseNow() })
	}
	return nil
}
