package realtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nobody is the user that Elasticsearch runs as where the tests run as root,
// which it refuses.
const nobody = 65534

// Elasticsearch is a node of its own that is a cluster of one. Ports and data
// stay the same when it is stopped and started again.
type Elasticsearch struct {
	URL      *url.URL
	Password string // of the user "elastic"; "" where security is off
	home     string
	dir      string
	java     string
	process  *Process
}

// ElasticsearchOptions say how a node is set up.
type ElasticsearchOptions struct {
	Security bool     // demand the password of the user "elastic"
	Settings []string // further lines of elasticsearch.yml, "name: value"
}

// NewElasticsearch starts a node and stops it with the test. It takes about ten
// seconds: start one for all subtests.
func NewElasticsearch(t testing.TB, o ElasticsearchOptions) *Elasticsearch {
	t.Helper()
	Require(t)
	const remedy = "run make real, or tools/elasticsearch.sh, and set HINDCAST_ELASTICSEARCH to the directory"
	program := Program(t, remedy, filepath.Join(os.Getenv("HINDCAST_ELASTICSEARCH"), "bin", "elasticsearch"))
	java, err := filepath.EvalSymlinks(Program(t, "run tools/apt.sh 'Java, for Elasticsearch in tests,' openjdk-17-jre-headless", "/usr/lib/jvm/java-17-openjdk-*/bin/java", "java"))
	require.NoError(t, err)
	e := &Elasticsearch{
		URL:  &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(Port(t))},
		home: filepath.Dir(filepath.Dir(program)), java: filepath.Dir(filepath.Dir(java)),
	}
	e.makeDir(t)
	e.configure(t, o)
	e.Start(t)
	return e
}

// makeDir makes a directory with all that the node writes. Where it runs as
// another user the program is copied too: the cache of root is not to be entered.
func (e *Elasticsearch) makeDir(t testing.TB) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hindcast-elasticsearch-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	e.dir = dir
	if os.Geteuid() == 0 {
		home := filepath.Join(dir, "home")
		require.NoError(t, os.CopyFS(home, os.DirFS(e.home)))
		e.home = home
	}
	for _, name := range []string{"data", "logs", "tmp"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	require.NoError(t, os.CopyFS(filepath.Join(dir, "config"), os.DirFS(filepath.Join(e.home, "config"))))
}

// configure writes the settings of a small node that keeps nothing waiting.
func (e *Elasticsearch) configure(t testing.TB, o ElasticsearchOptions) {
	t.Helper()
	settings := append([]string{
		"cluster.name: hindcast-test", "node.name: test", "path.data: " + filepath.Join(e.dir, "data"), "path.logs: " + filepath.Join(e.dir, "logs"),
		"network.host: 127.0.0.1", "http.port: " + e.URL.Port(), "transport.port: 0", "discovery.type: single-node", "discovery.initial_state_timeout: 0s",
		"indices.breaker.total.use_real_memory: false", "cluster.routing.allocation.disk.threshold_enabled: false", "action.destructive_requires_name: false",
		"xpack.security.enabled: " + strconv.FormatBool(o.Security),
	}, o.Settings...)
	if o.Security {
		settings = append(settings, "xpack.security.transport.ssl.enabled: false", "xpack.security.http.ssl.enabled: false")
		e.Password = "s3cret-of-" + strconv.Itoa(os.Getpid())
	}
	require.NoError(t, os.WriteFile(filepath.Join(e.dir, "config", "elasticsearch.yml"), []byte(strings.Join(settings, "\n")+"\n"), 0o644))
	e.own(t)
	if o.Security {
		e.run(t, "", "elasticsearch-keystore", "create", "-s")
		e.run(t, e.Password, "elasticsearch-keystore", "add", "-x", "bootstrap.password")
	}
}

// own gives everything to the user that the node runs as.
func (e *Elasticsearch) own(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	require.NoError(t, filepath.WalkDir(e.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}))
}

// command is one of Elasticsearch's programs, as the node's user.
func (e *Elasticsearch) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(e.home, "bin", program), args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "ES_JAVA_HOME="+e.java, "ES_PATH_CONF="+filepath.Join(e.dir, "config"),
		"ES_TMPDIR="+filepath.Join(e.dir, "tmp"), "HOME="+e.dir, "ES_JAVA_OPTS=-Xms512m -Xmx512m -XX:TieredStopAtLevel=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return cmd
}

func (e *Elasticsearch) run(t testing.TB, input, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	cmd := e.command(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", program, args, out)
}

// Start starts the node after Stop, and returns when every shard is there.
func (e *Elasticsearch) Start(t testing.TB) {
	t.Helper()
	e.process = Start(t, e.command(context.Background(), "elasticsearch"), syscall.SIGTERM, func() error {
		status, body, err := e.Do(http.MethodGet, "/_cluster/health?wait_for_status=green&timeout=1s", nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("it answers %d: %s", status, body)
		}
		return err
	})
}

// Stop stops the node as an administrator does; the launcher ends the server.
func (e *Elasticsearch) Stop(t testing.TB) {
	t.Helper()
	e.process.Stop(t, syscall.SIGTERM)
}

// Do sends a request as the user "elastic" and returns the answer.
func (e *Elasticsearch) Do(method, path string, body any) (status int, answer []byte, err error) {
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		content = bytes.NewReader(b) // lines of a bulk request
	default:
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, e.URL.String()+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if e.Password != "" {
		req.SetBasicAuth("elastic", e.Password)
	}
	res, err := (&http.Client{}).Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// Must is Do for what has to work; path may begin a request of any kind.
func (e *Elasticsearch) Must(t testing.TB, method, path string, body any) []byte {
	t.Helper()
	status, answer, err := e.Do(method, path, body)
	require.NoError(t, err)
	require.Less(t, status, http.StatusBadRequest, "%s %s: %s", method, path, answer)
	return answer
}

// Index writes documents, which can be found when it returns.
func (e *Elasticsearch) Index(t testing.TB, index string, documents ...any) {
	t.Helper()
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	for _, d := range documents {
		require.NoError(t, enc.Encode(map[string]any{"create": map[string]any{"_index": index}}))
		require.NoError(t, enc.Encode(d))
	}
	if len(documents) == 0 {
		return
	}
	var result struct {
		Errors bool `json:"errors"`
	}
	answer := e.Must(t, http.MethodPost, "/_bulk?refresh=true", lines.Bytes())
	require.NoError(t, json.Unmarshal(answer, &result))
	require.False(t, result.Errors, "%s", answer)
}
