package outbound

import (
	"net"
	"net/http"
)

// SetResolver lets tests say what names mean.
func (o *Options) SetResolver(r *net.Resolver) { o.resolver = r }

// SetTransport lets tests answer without a network, on a clock of their own.
func (c *Client) SetTransport(rt http.RoundTripper) { c.transport = rt }
