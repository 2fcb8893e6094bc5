package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/notify"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/source"
)

// alertingConfig says where alerts are sent.
type alertingConfig struct {
	// ExternalURL is where people open the page, for the links in alerts; "" for
	// the address that is listened on.
	ExternalURL string        `yaml:"external_url"`
	Targets     []alertTarget `yaml:"targets"`
}

// alertTarget is an Alertmanager or a webhook. It is reached and authenticated as
// sources are.
type alertTarget struct {
	source.Definition `yaml:",inline"`
	// The key that messages to a webhook are signed with, by one of these.
	SecretEnv  string `yaml:"secret_env"`
	SecretFile string `yaml:"secret_file"`
}

// checkAlerting validates the targets, and returns every problem with its line.
func (c *Config) checkAlerting(root *yaml.Node) (problems []string) {
	list := at(at(root, "alerting"), "targets")
	first := map[string]int{}
	for i := range c.Alerting.Targets {
		t := &c.Alerting.Targets[i]
		var node *yaml.Node
		if list != nil && i < len(list.Content) {
			node = list.Content[i]
		}
		for _, p := range t.check() {
			problems = append(problems, fmt.Sprintf("%s:%d: alert target %q: %s", c.file, lineOf(node, strings.Split(p.Field, ".")), t.Name, p))
		}
		if line, twice := first[t.Name]; twice && t.Name != "" {
			problems = append(problems, fmt.Sprintf("%s:%d: alert target %q is defined twice, first in line %d", c.file, lineOf(node, nil), t.Name, line))
		}
		first[t.Name] = lineOf(node, nil)
	}
	if url := c.Alerting.ExternalURL; url != "" {
		if _, err := outbound.ParseURL(url); err != nil {
			problems = append(problems, fmt.Sprintf("%s:%d: alerting.external_url: %v", c.file, lineOf(root, []string{"alerting", "external_url"}), err))
		}
	}
	return problems
}

// check returns what is wrong with a target.
func (t *alertTarget) check() []source.Problem {
	kind := strings.ToLower(t.Type)
	d := t.Definition
	d.Type = source.Prometheus // it is reached like one
	d, problems := d.Validate(source.Config)
	t.Definition = d
	t.Type = kind
	add := func(is bool, field, text string) {
		if is {
			problems = append(problems, source.Problem{Field: field, Text: text})
		}
	}
	add(!slices.Contains([]string{notify.Alertmanager, notify.Webhook}, kind), "type", fmt.Sprintf("%q is neither %s nor %s", kind, notify.Alertmanager, notify.Webhook))
	add(kind == notify.Alertmanager && cmp.Or(t.SecretEnv, t.SecretFile) != "", "secret_env", "an Alertmanager looks at no signature: leave it out")
	add(t.SecretEnv != "" && t.SecretFile != "", "secret_env", "both secret_env and secret_file are written: keep one")
	for field, written := range map[string]bool{
		"max_samples": t.MaxSamples != 0, "on_incomplete": t.OnIncomplete != "", "settle_delay": t.Delay != 0, "reread": t.Overlap != 0,
	} {
		add(written, field, "is about sources of figures: leave it out")
	}
	return problems
}

// alertTargets opens the clients of all targets.
func (s *Server) alertTargets() ([]notify.Target, error) {
	var all []notify.Target
	for _, t := range s.o.Config.Alerting.Targets {
		client, err := s.opener.Client(source.Entry{Definition: t.Definition, Origin: source.Origin{Kind: source.Config}})
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, func() error { client.Close(); return nil })
		target := notify.Target{Name: t.Name, Type: t.Type, URL: client.URL().String(), Transport: client}
		if secret := (outbound.Secret{Env: t.SecretEnv, File: t.SecretFile}); secret.Given() {
			target.Secret = func() (string, error) { return secret.Read("key of alert target " + t.Name) }
		}
		all = append(all, target)
	}
	return all, nil
}
