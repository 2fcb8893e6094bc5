package outbound_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
)

func TestPolicyDeniesWhatIsCloserThanTheNetwork(t *testing.T) {
	tests := map[string]bool{
		"192.0.2.1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "2001:db8::1": true, "::ffff:10.1.2.3": true,
		"64:ff9b::10.1.2.3": true, "2002:0a01:0203::1": true,
		"127.0.0.1": false, "127.255.255.254": false, "::1": false, "::ffff:127.0.0.1": false, "::127.0.0.1": false,
		"64:ff9b::127.0.0.1": false, "2002:7f00:0001::1": false,
		"0.0.0.0": false, "0.1.2.3": false, "::": false, "::ffff:0.0.0.0": false,
		"169.254.169.254": false, "::ffff:169.254.169.254": false, "64:ff9b::a9fe:a9fe": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false,
		"fd00:ec2::254": false, "fc00::1": false, "100.100.100.200": false, "168.63.129.16": false, "192.0.0.192": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
	}
	for address, allowed := range tests {
		t.Run(address, func(t *testing.T) {
			to := netip.AddrPortFrom(netip.MustParseAddr(address), 9090)
			if allowed {
				require.NoError(t, outbound.Policy{}.Check(to))
				return
			}
			err := outbound.Policy{}.Check(to)
			require.Error(t, err)
			require.Equal(t, fault.Forbidden, fault.KindOf(outbound.Explain(err)), "%v", err)

			all := outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
			require.NoError(t, all.Check(to), "what an administrator allows is")
			all.Own = outbound.Listeners(netip.MustParseAddrPort("[::]:9090"), netip.AddrPortFrom(to.Addr(), 9090))
			require.ErrorContains(t, all.Check(to), "this server itself listens")
		})
	}
}

func TestListenersKnowTheAddressesOfThisMachine(t *testing.T) {
	tests := map[string]struct {
		listening, to string
		want          bool
	}{
		"the address itself":                           {"192.0.2.7:80", "192.0.2.7:80", true},
		"another port":                                 {"192.0.2.7:80", "192.0.2.7:81", false},
		"another address":                              {"192.0.2.7:80", "192.0.2.8:80", false},
		"loopback, when listening on all":              {"[::]:80", "127.0.0.1:80", true},
		"loopback in IPv6, when listening on all IPv4": {"0.0.0.0:80", "[::1]:80", true},
		"unspecified, when listening on loopback":      {"127.0.0.1:80", "0.0.0.0:80", true},
		"mapped":                           {"127.0.0.1:80", "[::ffff:127.0.0.1]:80", true},
		"elsewhere, when listening on all": {"[::]:80", "192.0.2.8:80", false},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			own := outbound.Listeners(netip.MustParseAddrPort(tt.listening))
			require.Equal(t, tt.want, own(netip.MustParseAddrPort(tt.to)))
		})
	}
}

// canary is a server that must not be reached.
func canary(t *testing.T) (address string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	s := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	return strings.TrimPrefix(s.URL, "http://"), hits
}

// TestNoRequestReachesInside tries what has got through filters of others: every
// address is of a server that runs on the loopback interface.
func TestNoRequestReachesInside(t *testing.T) {
	address, hits := canary(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	names := names{"inward.example.": {"127.0.0.1"}, "mapped.example.": {"::ffff:127.0.0.1"}, "six.example.": {"::1"}, "any.example.": {"0.0.0.0"}}
	resolver := names.serve(t)
	for _, host := range []string{
		"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"localhost", "LOCALHOST", "localhost.", "inward.example", "mapped.example", "six.example", "any.example",
		"①②⑦.⓪.⓪.①", "127。0。0。1", "127%2e0.0.1", "user@127.0.0.1", "good.example@127.0.0.1", "127.0.0.1%00.example", "[fe80::1%25lo]", "[::1%25lo]",
	} {
		t.Run(host, func(t *testing.T) {
			o := outbound.Options{Name: "shop", URL: "http://" + host + ":" + port + "/", Now: time.Now, Retries: -1, Timeout: 5 * time.Second}
			o.SetResolver(resolver)
			c, err := outbound.New(o)
			if err == nil {
				_, _, err = get(t.Context(), c, "/")
				c.Close()
			}
			require.Error(t, err)
			require.Contains(t, []fault.Kind{fault.Invalid, fault.Forbidden, fault.Unavailable}, fault.KindOf(err))
		})
	}
	require.Zero(t, hits.Load())
}

// TestANameIsJudgedEachTimeItIsDialled has a name that means another address the
// second time.
func TestANameIsJudgedEachTimeItIsDialled(t *testing.T) {
	address, hits := canary(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	answers := names{"rebinding.example.": {"127.0.0.1"}}
	o := outbound.Options{
		Name: "shop", URL: "http://rebinding.example:" + port, Now: time.Now, Retries: -1,
		Policy: outbound.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	}
	o.SetResolver(answers.serve(t))
	c, err := outbound.New(o)
	require.NoError(t, err)
	_, _, err = get(t.Context(), c, "/")
	require.NoError(t, err)
	require.Equal(t, int64(1), hits.Load())
	c.Close()

	mu.Lock()
	answers["rebinding.example."] = []string{"127.0.0.2"}
	mu.Unlock()
	_, _, err = get(t.Context(), c, "/")
	requireFault(t, err, fault.Forbidden, "127.0.0.2", "loopback", "outbound: {allow: [127.0.0.2/32]}")
	require.Equal(t, int64(1), hits.Load())
}

func TestOwnListenersAreNeverAsked(t *testing.T) {
	address, hits := canary(t)
	c := client(t, "http://"+address, func(o *outbound.Options) {
		o.Policy.Own = outbound.Listeners(netip.MustParseAddrPort(address))
	})
	_, _, err := get(t.Context(), c, "/")
	requireFault(t, err, fault.Forbidden, "itself listens", "not this one")
	require.Zero(t, hits.Load())
}

// names is a name server.
type names map[string][]string

var mu sync.Mutex // of the names that change

func (n names) serve(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			query := make([]byte, 1500)
			size, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			if answer := n.answer(query[:size]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); wg.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n names) answer(query []byte) []byte {
	mu.Lock()
	defer mu.Unlock()
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	known, ok := n[q.Name.String()]
	if !ok {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range known {
		ip := netip.MustParseAddr(text)
		header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

func TestRedirects(t *testing.T) {
	type request struct {
		header http.Header
		body   string
	}
	var got chan request
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header, string(body)}
	})
	canaryAddress, hits := canary(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	tests := map[string]struct {
		method, to  string
		status      int
		arrives     bool
		credentials bool
		kind        fault.Kind
		want        string
	}{
		"to the same origin":                             {http.MethodGet, "/arrive", 302, true, true, 0, ""},
		"of a POST to the same origin, which keeps it":   {http.MethodPost, "/arrive", 307, true, true, 0, ""},
		"of a POST that would lose its body":             {http.MethodPost, "/arrive", 302, false, false, fault.Invalid, "would lose the query"},
		"to another origin":                              {http.MethodGet, other.URL, 302, true, false, 0, ""},
		"of a POST to another origin":                    {http.MethodPost, other.URL, 308, true, false, 0, ""},
		"to another origin with a password of its own":   {http.MethodGet, "http://a:b@" + strings.TrimPrefix(other.URL, "http://"), 302, true, false, 0, ""},
		"in a circle":                                    {http.MethodGet, "/", 302, false, false, fault.Invalid, "more than 3 times"},
		"to a file":                                      {http.MethodGet, "file:///etc/passwd", 302, false, false, fault.Invalid, "neither http nor https"},
		"to an address that is denied":                   {http.MethodGet, "http://" + strings.Replace(canaryAddress, "127.0.0.1", "0.0.0.0", 1), 302, false, false, fault.Forbidden, "unspecified"},
		"to an address that is denied, written as IPv6":  {http.MethodGet, "http://[::ffff:0.0.0.0]:1/", 302, false, false, fault.Forbidden, "unspecified"},
		"to nowhere":                                     {http.MethodGet, "", 304, false, false, fault.Invalid, "names no other address"},
		"to an https server that is not trusted":         {http.MethodGet, secure.URL, 302, false, false, fault.Invalid, "not trusted"},
		"to a metadata service by way of another origin": {http.MethodGet, "http://169.254.169.254/latest/meta-data", 302, false, false, fault.Forbidden, "link-local"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			got = make(chan request, 1)
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/arrive" {
					body, _ := io.ReadAll(r.Body)
					got <- request{r.Header, string(body)}
					return
				}
				if tt.to != "" {
					w.Header().Set("Location", tt.to)
				}
				w.WriteHeader(tt.status)
			})
			c := client(t, s.URL, func(o *outbound.Options) {
				o.Retries = -1
				o.BasicUser, o.BasicPassword = "ann", outbound.Literal("hunter2")
				o.Headers = map[string]string{"X-Key": "hunter3"}
			})
			req, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+"/", strings.NewReader("query=up"))
			require.NoError(t, err)
			req.Header.Set("X-Scope-OrgID", "hunter4")
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			_, _, err = do(c, req)
			if !tt.arrives {
				requireFault(t, err, tt.kind, tt.want)
				require.NotContains(t, err.Error(), "hunter")
				return
			}
			require.NoError(t, err)
			arrived := <-got
			if tt.method == http.MethodPost {
				require.Equal(t, "query=up", arrived.body)
				require.Equal(t, "application/x-www-form-urlencoded", arrived.header.Get("Content-Type"))
			}
			for name, value := range map[string]string{"Authorization": "Basic YW5uOmh1bnRlcjI=", "X-Key": "hunter3", "X-Scope-Orgid": "hunter4"} {
				if !tt.credentials {
					value = ""
				}
				require.Equal(t, value, arrived.header.Get(name), name)
			}
			require.Empty(t, arrived.header.Get("Cookie"))
		})
	}
	require.Zero(t, hits.Load())
}

func TestHTTPSIsNotLeft(t *testing.T) {
	address, hits := canary(t)
	s := httptest.NewTLSServer(http.RedirectHandler("http://"+address, http.StatusFound))
	t.Cleanup(s.Close)
	c := client(t, s.URL, func(o *outbound.Options) { o.TLS.InsecureSkipVerify = true })
	_, _, err := get(t.Context(), c, "/")
	requireFault(t, err, fault.Invalid, "anybody on the way can read")
	require.Zero(t, hits.Load())
}

func TestCookiesAreNotKept(t *testing.T) {
	var cookies []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cookies = append(cookies, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
	})
	c := client(t, s.URL, nil)
	for range 2 {
		_, _, err := get(t.Context(), c, "/")
		require.NoError(t, err)
	}
	require.Equal(t, []string{"", ""}, cookies)
}

// TestNoProxyIsTakenFromTheEnvironment runs itself in a process of its own, because
// net/http reads the environment once.
func TestNoProxyIsTakenFromTheEnvironment(t *testing.T) {
	const child = "OUTBOUND_TEST_CHILD"
	if os.Getenv(child) == "" {
		address, hits := canary(t)
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), child+"=1", "HTTP_PROXY=http://"+address, "http_proxy=http://"+address)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Zero(t, hits.Load())
		return
	}
	o := outbound.Options{Name: "shop", URL: "http://there-is-none.example", Now: time.Now, Retries: -1, Policy: loopback}
	o.SetResolver(names{}.serve(t))
	c, err := outbound.New(o)
	require.NoError(t, err)
	_, _, err = get(t.Context(), c, "/")
	requireFault(t, err, fault.Unavailable, "does not exist", `"there-is-none.example"`)
}

func TestAddresses(t *testing.T) {
	tests := map[string]struct{ want, problem string }{
		"http://prometheus:9090":              {"http://prometheus:9090", ""},
		"https://Metrics.Example/prom/":       {"https://metrics.example/prom", ""},
		"http://[2001:db8::1]:9090/a/b//":     {"", "read in two ways"},
		"http://[2001:db8::1]:9090/a/b/":      {"http://[2001:db8::1]:9090/a/b", ""},
		"http://192.0.2.1":                    {"http://192.0.2.1", ""},
		"HTTP://host":                         {"http://host", ""},
		"":                                    {"", "does not begin with http"},
		"host:9090":                           {"", "does not begin with http"},
		"//host":                              {"", "does not begin with http"},
		"ftp://host":                          {"", "does not begin with http"},
		"http:host":                           {"", "no host"},
		"http://":                             {"", "no host"},
		"http://:9090":                        {"", "no host"},
		"http://host:":                        {"", "colon"},
		"http://host:0":                       {"", "between 1 and 65535"},
		"http://host:65536":                   {"", "between 1 and 65535"},
		"http://host?x=y":                     {"", "query"},
		"http://host/?":                       {"", "query"},
		"http://host/#":                       {"", "fragment"},
		"http://host/a/../b":                  {"", "read in two ways"},
		"http://host/a/%2e%2e/b":              {"", "read in two ways"},
		"http://host/a/..;x/b":                {"", "read in two ways"},
		"http://host/a%2fb":                   {"", "read in two ways"},
		`http://host/a\b`:                     {"", "read in two ways"},
		"http://host/a/./b":                   {"", "read in two ways"},
		"http://host//":                       {"", "read in two ways"},
		"http://127.1":                        {"", "looks like a number"},
		"http://0x7f000001":                   {"", "looks like a number"},
		"http://1.2.3.4.5":                    {"", "looks like a number"},
		"http://host.1":                       {"", "looks like a number"},
		"http://[fe80::1%25eth0]":             {"", "network interface"},
		"http://bücher.example":               {"", "is not a name"},
		"http://-host":                        {"", "is not a name"},
		"http://" + strings.Repeat("a", 3000): {"", "3007 characters"},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			u, err := outbound.ParseURL(text)
			if tt.problem != "" {
				require.ErrorContains(t, err, tt.problem)
				require.Equal(t, fault.Invalid, fault.KindOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, u.String())
		})
	}
}

func FuzzParseURL(f *testing.F) {
	for _, text := range []string{
		"http://prometheus:9090/prefix", "https://[2001:db8::1]:443/a%20b", "http://user:secret@host", "http://0x7f.1", "http://host/a/..;/b", "http://h/%2f", "http://h\\@i",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := outbound.ParseURL(text)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			return
		}
		again, err := outbound.ParseURL(u.String())
		require.NoError(t, err, "%q", u.String())
		require.Equal(t, u.String(), again.String(), "reading it again changes nothing")
		other, err := url.Parse(u.String())
		require.NoError(t, err)
		require.Equal(t, u.Host, other.Host)
		require.Nil(t, other.User)
		require.Empty(t, other.RawQuery+other.Fragment)
	})
}
