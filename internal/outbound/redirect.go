package outbound

import (
	"fmt"
	"net/http"

	"github.com/hindcast/hindcast/internal/fault"
)

// mostRedirects is enough for a load balancer, a missing slash and a new name.
const mostRedirects = 3

// checkRedirect judges where an answer sends a request. The address is judged
// when it is dialled, as any.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	to := req.URL.Redacted()
	switch {
	case len(via) > mostRedirects:
		return fault.At("url", fault.Invalidf("%s redirects more than %d times, at last to %s: write the address at which it answers", c.where, mostRedirects, quote(to)))
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return fault.At("url", fault.Invalidf("%s redirects to %s, which is neither http nor https: write the address at which it answers", c.where, quote(to)))
	case via[0].URL.Scheme == "https" && req.URL.Scheme == "http":
		return fault.At("url", fault.Invalidf("%s redirects from https to %s, which anybody on the way can read: write an https address at which it answers", c.where, quote(to)))
	case req.Method != via[0].Method:
		return fault.At("url", fault.Invalidf("%s answers %s with a redirect to %s, which would lose the query: write the address at which it answers", c.where, via[0].Method, quote(to)))
	}
	return nil
}

// foreign lists the headers that a request keeps when it is redirected to another
// origin: what the answer is to look like.
var foreign = []string{"Accept", "Accept-Encoding", "Content-Encoding", "Content-Type", "User-Agent"}

// userAgent is how we name ourselves in the logs of others.
const userAgent = "Hindcast"

// dress adds to a request what is ours: all of it at the origin of the server,
// nothing that could be a secret anywhere else.
func (c *Client) dress(out *http.Request) error {
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", userAgent)
	}
	if out.Header.Get("Accept-Encoding") == "" {
		out.Header.Set("Accept-Encoding", "gzip")
	}
	out.Header.Set("Cache-Control", "no-cache") // what is asked again may have another answer now
	if !sameOrigin(c.base, out.URL) {
		kept := make(http.Header)
		for _, name := range foreign {
			if values := out.Header.Values(name); len(values) > 0 {
				kept[name] = values
			}
		}
		out.Header = kept
		return nil
	}
	for name, value := range c.o.Headers {
		if out.Header.Get(name) == "" {
			out.Header.Set(name, value)
		}
	}
	out.Header.Del("Cookie")
	if out.Header.Get("Idempotency-Key") == "" {
		out.Header.Del("Idempotency-Key")
	}
	return c.authenticate(out)
}

// authenticate reads the credentials, every time.
func (c *Client) authenticate(out *http.Request) error {
	out.Header.Del("Authorization")
	switch {
	case c.o.BasicUser != "":
		password := ""
		if c.o.BasicPassword.Given() {
			var err error
			if password, err = c.read(c.o.BasicPassword, "password"); err != nil {
				return err
			}
		}
		out.SetBasicAuth(c.o.BasicUser, password)
	case c.o.BearerToken.Given():
		token, err := c.read(c.o.BearerToken, "bearer token")
		if err != nil {
			return err
		}
		out.Header.Set("Authorization", "Bearer "+token)
	case c.o.APIKey.Given():
		key, err := c.read(c.o.APIKey, "API key")
		if err != nil {
			return err
		}
		out.Header.Set("Authorization", "ApiKey "+key)
	}
	return nil
}

func (c *Client) read(s Secret, what string) (string, error) {
	value, err := s.read(fmt.Sprintf("%s of %s", what, c.where))
	return value, fault.At("authentication", err)
}
