package realtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Postgres is a database server of its own, which can be crashed and started
// again.
type Postgres struct {
	bin, dir  string
	port      int
	password  string
	databases atomic.Int64
	process   *Process
}

// NewPostgres makes a cluster that asks for a password, keeps what it commits,
// and serves it until the test ends. Settings are "name=value".
func NewPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	Require(t)
	initdb := Program(t, "run tools/apt.sh 'tests against PostgreSQL' postgresql", "/usr/lib/postgresql/*/bin/initdb", "initdb")
	p := &Postgres{bin: filepath.Dir(initdb), port: Port(t), password: "s3cret-of-" + strconv.Itoa(os.Getpid())}
	p.makeDir(t)
	password := filepath.Join(p.dir, "password")
	require.NoError(t, os.WriteFile(password, []byte(p.password), 0o644))
	p.run(t, "initdb", "-D", p.data(), "-U", "hindcast", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	config := strings.Join(append([]string{
		"listen_addresses='127.0.0.1'", "unix_socket_directories=''", "port=" + strconv.Itoa(p.port), "shared_buffers=16MB",
	}, settings...), "\n") + "\n"
	p.writeConfig(t, config)
	p.Start(t)
	return p
}

// makeDir makes a directory that the server's user may enter: the server refuses
// to run as root.
func (p *Postgres) makeDir(t testing.TB) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hindcast-postgres-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	p.dir = dir
	if c := credential(t); c != nil {
		require.NoError(t, os.Chown(dir, int(c.Uid), int(c.Gid)))
	}
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) writeConfig(t testing.TB, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(p.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, errors.Join(err, f.Close()))
}

// credential is the user that the server runs as: nil, who runs the test, unless
// that is root.
func credential(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	require.NoError(t, err, "PostgreSQL does not run as root, and Debian's package makes the user postgres")
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// command is one of PostgreSQL's programs, as the server's user.
func (p *Postgres) command(ctx context.Context, t testing.TB, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, program), args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "PGPASSWORD="+p.password, "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t)}
	return cmd
}

func (p *Postgres) run(t testing.TB, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	out, err := p.command(ctx, t, program, args...).CombinedOutput()
	require.NoError(t, err, "%s %v: %s", program, args, out)
	return string(out)
}

// Start starts the server after Crash, and returns when it takes connections.
func (p *Postgres) Start(t testing.TB) {
	t.Helper()
	cmd := p.command(context.Background(), t, "postgres", "-D", p.data())
	p.process = Start(t, cmd, syscall.SIGQUIT, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return p.psql(ctx, t, "SELECT 1").Run()
	})
}

// Crash ends the server at once, as a crash does: the next start recovers from
// the write-ahead log.
func (p *Postgres) Crash(t testing.TB) {
	t.Helper()
	p.process.Stop(t, syscall.SIGQUIT)
}

func (p *Postgres) psql(ctx context.Context, t testing.TB, statement string) *exec.Cmd {
	t.Helper()
	return p.command(ctx, t, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", strconv.Itoa(p.port), "-U", "hindcast", "-d", "postgres", "-c", statement)
}

// Exec runs a statement as the superuser in the database "postgres" and returns
// what it prints.
func (p *Postgres) Exec(t testing.TB, statement string) string {
	t.Helper()
	out, err := p.psql(context.Background(), t, statement).CombinedOutput()
	require.NoError(t, err, "%s: %s", statement, out)
	return strings.TrimSpace(string(out))
}

// Database makes an empty database and returns its URL. Options follow the name
// in CREATE DATABASE.
func (p *Postgres) Database(t testing.TB, options ...string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", p.databases.Add(1))
	p.Exec(t, "CREATE DATABASE "+name+" "+strings.Join(options, " "))
	return p.URL(name)
}

// URL names a database of the server, with the password.
func (p *Postgres) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("hindcast", p.password), Host: "127.0.0.1:" + strconv.Itoa(p.port), Path: "/" + database}
	return u.String()
}

// Password is what must appear nowhere but in the URL.
func (p *Postgres) Password() string { return p.password }
