package outbound

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// mostExplained is how much of an answer is read for what the server says about
// its error.
const mostExplained = 8 << 10

// StatusError explains an answer that is none: one of another status than 2xx, or
// a page for people. It returns nil for all others, and leaves their bodies alone;
// of those that it explains it reads the beginning, and closes them.
//
// 401, 403 and 407 are Forbidden, what another request would correct is Invalid,
// what time may is Unavailable.
func StatusError(resp *http.Response) error {
	if b, ok := resp.Body.(*body); ok {
		return statusError(b.k.c.where, resp, b.k.c.hide)
	}
	return statusError("the server", resp, func(said string) string { return said })
}

func statusError(where string, resp *http.Response, hide func(string) string) error {
	html := isHTML(resp)
	if resp.StatusCode/100 == 2 && !html {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, mostExplained)) // what could be read
	_ = resp.Body.Close()
	said := ""
	if !html && resp.Header.Get("Content-Encoding") == "" {
		said = hide(saying(text))
	}
	switch status := resp.StatusCode; {
	case strings.Contains(string(text), "HTTP request to an HTTPS server"), strings.Contains(string(text), "HTTP request was sent to HTTPS port"):
		return fault.At("url", fault.Invalidf("%s speaks TLS on that port: write https:// instead of http://", where))
	case status/100 == 2:
		return fault.At("url", fault.Invalidf("%s answers %s with a page of HTML: this is no API but perhaps a login or the wrong path; correct the URL", where, path(resp)))
	case status == http.StatusUnauthorized:
		return fault.At("authentication", fault.Forbiddenf("%s does not know us (401%s): give it the user and password, token or API key that it asks for%s", where, said, scheme(resp)))
	case status == http.StatusForbidden:
		return fault.At("authentication", fault.Forbiddenf("%s knows us and does not let us read (403%s): give the user or token that right there", where, said))
	case status == http.StatusProxyAuthRequired:
		return fault.Forbiddenf("%s: a proxy on the way wants to know us (407%s): name an address that is reached without it", where, said)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return fault.At("url", fault.Invalidf("%s has nothing at %s (%d%s): correct the path of the URL, such as /prometheus", where, path(resp), status, said))
	case status == http.StatusTooManyRequests:
		return fault.Unavailablef("%s says that we ask too much (429%s%s): lower concurrency, or raise our limit there", where, retry(resp), said)
	case status >= 500:
		return fault.Unavailablef("%s is in trouble (%d%s%s): look at its log, and at proxies on the way", where, status, retry(resp), said)
	case status/100 == 3:
		return fault.At("url", fault.Invalidf("%s answers %d and names no other address: correct the URL", where, status))
	default:
		return fault.Invalidf("%s refuses the request (%d%s)", where, status, said)
	}
}

func path(resp *http.Response) string {
	if resp.Request == nil || resp.Request.URL == nil {
		return "that path"
	}
	return quote(resp.Request.URL.Path)
}

func isHTML(resp *http.Response) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml")
}

// scheme is what a 401 says about how to authenticate.
func scheme(resp *http.Response) string {
	name, _, _ := strings.Cut(strings.TrimSpace(resp.Header.Get("WWW-Authenticate")), " ")
	if name == "" {
		return ""
	}
	return ", by " + quote(name)
}

func retry(resp *http.Response) string {
	if after := resp.Header.Get("Retry-After"); after != "" {
		return ", to be asked again after " + quote(after)
	}
	return ""
}

// saying is what the server says about its error, as Prometheus and Elasticsearch
// write it, or as text.
func saying(text []byte) string {
	var answer struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	said := strings.TrimSpace(string(text))
	if json.Unmarshal(text, &answer) == nil {
		said = answer.Message
		var reason struct {
			Reason string `json:"reason"`
		}
		if json.Unmarshal(answer.Error, &said) != nil && json.Unmarshal(answer.Error, &reason) == nil {
			said = reason.Reason
		}
	}
	if said == "" {
		return ""
	}
	return ": " + quote(said)
}

// hide takes our secrets out of what a server said: some repeat the headers that
// they were sent.
func (c *Client) hide(text string) string {
	for _, s := range []Secret{c.o.BasicPassword, c.o.BearerToken, c.o.APIKey} {
		if value, err := s.read(""); err == nil {
			basic := base64.StdEncoding.EncodeToString([]byte(c.o.BasicUser + ":" + value))
			text = strings.NewReplacer(value, hidden, basic, hidden).Replace(text)
		}
	}
	return text
}
