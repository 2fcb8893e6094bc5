# Hindcast: everything a developer does. `make` alone lists it.
#
# Tools that take minutes to build (golangci-lint, Prometheus) are kept outside
# the clone, keyed by their version, and built when absent. Everything else is
# incremental: Go by its own cache, the page by time stamps.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CACHE   := $(or $(HINDCAST_CACHE),$(HOME)/.cache/hindcast)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)

# What to look at: make test-go PKG=./slo/... RUN=Budget
PKG      ?= ./...
RUN      ?= .
LISTEN   ?= 127.0.0.1:8480
DATA     ?= data
FUZZTIME ?= 30s

# A test that holds input to an amount of CPU says nothing under -race; test-go
# runs it without, unless PKG or RUN select something.
UNRACED := ^TestHostileFilesAreAnsweredQuickly$$
WHOLE   := $(filter ./....,$(PKG)$(RUN))

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := $(CACHE)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint
# The Prometheus of tests has the version of the embedded one, see tools/prom.mod;
# it is built anew when that or the way to build it changes.
PROM       := $(CACHE)/prometheus-$(shell cat tools/prom.sum tools/build-tool.sh | sha256sum | cut -c1-12)
PROMETHEUS := $(PROM)/prometheus
PROMTOOL   := $(PROM)/promtool
# v0.31.1 is the newest whose page is in its module.
ALERTMANAGER_VERSION := v0.31.1
ALERTMANAGER         := $(CACHE)/alertmanager-$(ALERTMANAGER_VERSION)/alertmanager
ELASTICSEARCH_VERSION := 8.19.16
ELASTICSEARCH         := $(CACHE)/elasticsearch-$(ELASTICSEARCH_VERSION)

NPM_STAMP := frontend/node_modules/.hindcast-installed
PAGE      := frontend/dist/index.html
PAGE_SRC  := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)
RESULTS   := .build/results

NPM := npm --prefix frontend
# The page's scripts need Node 24, which npm brought; see docs/decisions/0003.
NODE_PATH_FIRST := PATH="$(CURDIR)/frontend/node_modules/.bin:$$PATH"

REAL_ENV = HINDCAST_REAL=1 HINDCAST_BINARY="$(CURDIR)/bin/hindcast" HINDCAST_PROMTOOL="$(PROMTOOL)" HINDCAST_PROMETHEUS="$(PROMETHEUS)" HINDCAST_ALERTMANAGER="$(ALERTMANAGER)" HINDCAST_ELASTICSEARCH="$(ELASTICSEARCH)"
# One set of build flags for program, linter and end-to-end tests: Go compiles the
# dependencies, which take minutes, once for each set. Only the race detector
# needs another. Releases (deploy/Dockerfile) add -trimpath.
export CGO_ENABLED := 0
GO_BUILD = go build -buildvcs=false -ldflags "-s -w -X github.com/hindcast/hindcast/internal/server.Version=$(VERSION)"

.PHONY: help run build test test-go test-web e2e examples real faults faults-planted bench bench-accuracy bench-alerts bench-cost load fuzz generate check-generated lint fmt tools clean
.PHONY: need-go need-cc need-npm need-fault-tools

help: ## print this list
	@echo "Hindcast: make TARGET"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## Everyday

run: build ## build everything and start the demo on http://127.0.0.1:8480
	@exec bin/hindcast serve --demo --data "$(DATA)" --listen "$(LISTEN)" $(ARGS)

build: need-go $(PAGE) ## build bin/hindcast with the page inside
	@$(GO_BUILD) -o bin/hindcast .

test: ## install what is missing, run everything below, end with the counts
	@tools/test.sh

test-go: need-go need-cc $(RESULTS) ## Go tests with -race and -shuffle=on (PKG=./slo/... RUN=Budget)
	@{ status=0; CGO_ENABLED=1 go test -race -shuffle=on -run '$(RUN)' -skip '^TestReal$(if $(WHOLE),|$(UNRACED))' -timeout 20m -json $(PKG) || status=1; \
		$(if $(WHOLE),go test -count=1 -run '$(UNRACED)' -json ./slo/openslo || status=1;) \
		exit $$status; } | go run ./tools/testsum -o $(RESULTS)/go

test-web: $(NPM_STAMP) $(RESULTS) ## tests of the page (vitest)
	@$(NPM) run -s test -- --reporter=default --reporter=json --outputFile.json="$(CURDIR)/$(RESULTS)/web.json"

e2e: build $(NPM_STAMP) $(RESULTS) ## the page in Chromium against the real binary; pictures in e2e-out/
	@CHROMIUM="$$(tools/chromium.sh)" $(NODE_PATH_FIRST) HINDCAST_BINARY="$(CURDIR)/bin/hindcast" \
		go test -tags e2e -count=1 -skip '^TestReal' -timeout 25m -json ./e2e | go run ./tools/testsum -o $(RESULTS)/e2e

real: build $(PROMETHEUS) $(PROMTOOL) $(ALERTMANAGER) $(ELASTICSEARCH)/bin/elasticsearch $(RESULTS) ## tests against a real Prometheus and Alertmanager (built when absent), Elasticsearch and PostgreSQL, and on failing disks
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || tools/apt.sh "PostgreSQL, for tests," postgresql
	@command -v strace >/dev/null || tools/apt.sh "strace, for tests of failing disks," strace
	@command -v java >/dev/null || tools/apt.sh "Java, for Elasticsearch in tests," openjdk-17-jre-headless
	@packages=$$(tools/real-packages.sh) && CHROMIUM="$$(tools/chromium.sh)" $(NODE_PATH_FIRST) $(REAL_ENV) go test -tags e2e -count=1 -run '^TestReal' -timeout 20m -json $$packages | go run ./tools/testsum -o $(RESULTS)/real

faults: build need-fault-tools $(RESULTS) ## kill, power cut, failing and full disk, clock jumps (FAULTS=short, FAULTS_SEED=1, RUN=Power)
	@rm -f $(RESULTS)/faults.txt
	@status=0; HINDCAST_BINARY="$(CURDIR)/bin/hindcast" FAULTS_REPORT="$(CURDIR)/$(RESULTS)/faults.txt" \
		go test -tags faults -count=1 -run '$(RUN)' -skip '^TestPlanted' -timeout 30m -json ./e2e/faults | go run ./tools/testsum -o $(RESULTS)/faults || status=1; \
	cat $(RESULTS)/faults.txt; exit $$status

faults-planted: need-go need-fault-tools ## plant known defects one by one and see whether make faults finds them
	@go test -tags faults -count=1 -run '^TestPlanted' -timeout 60m -v ./e2e/faults

bench: need-go ## cost of many objectives as a table, then benchmarks (those alone: PKG=./slo/ledger RUN=Tally)
	@if [[ "$(PKG)" == ./... ]]; then go run ./internal/bench $(ARGS); fi
	@go test -run '^$$' -bench '$(RUN)' -benchmem $(PKG) | awk '!/^(PASS|ok|[?]|goarch)/'

bench-accuracy: need-go $(PROMETHEUS) $(PROMTOOL) ## budgets of Hindcast, Sloth and Pyrra beside the truth, in a real Prometheus; writes docs/accuracy.md
	@$(REAL_ENV) go run ./internal/bench/accuracy -doc docs/accuracy.md $(ARGS)

bench-alerts: need-go ## burn alerts of Hindcast, Sloth and Pyrra on the demo's past, and forecasts; writes docs/alerts-bench.md
	@go run ./internal/bench/alerts -doc docs/alerts-bench.md $(ARGS)

bench-cost: need-go $(PROMETHEUS) $(PROMTOOL) ## cost of 1,000 objectives on a real Prometheus: Hindcast, Sloth, Pyrra (ARGS='-slos 200 -over 100s')
	@$(REAL_ENV) go run ./internal/bench/cost $(ARGS)

load: build ## a list of 100 budgets at 200/s for a minute; a soak of ten minutes (RUN=TestLoadOf, RUN=TestLoadSoak)
	@HINDCAST_BINARY="$(CURDIR)/bin/hindcast" go test -tags e2e,load -count=1 -run '$(if $(filter .,$(RUN)),^TestLoad,$(RUN))' -timeout 30m -v ./e2e

examples: need-go ## import every specification that other projects publish (EXAMPLES=DIR, see docs/import.md)
	@HINDCAST_EXAMPLES="$(abspath $(EXAMPLES))" go test -count=1 -v -run TestPublishedExamples ./slo/openslo

fuzz: need-go ## every fuzz target for FUZZTIME each
	@tools/fuzz.sh "$(FUZZTIME)" $(PKG)

## Source code

generate: need-go $(NPM_STAMP) ## write generated code anew: GraphQL executor, typed documents of the page
	@go generate ./...
	@$(NPM) run -s generate

check-generated: need-go $(NPM_STAMP) ## fail if generated code is not what make generate writes
	@tools/check-generated.sh

lint: need-go $(GOLANGCI) $(NPM_STAMP) ## golangci-lint, Biome, type check, generated code, house rules
	@"$(GOLANGCI)" run ./...
	@$(NPM) run -s lint
	@$(NPM) run -s typecheck
	@tools/check-generated.sh
	@for f in .ci/run tools/*.sh; do bash -n "$$f"; done
	@go test -count=1 -v -run '^TestTree' ./internal/deptest ./internal/doctest | sed -n 's/^ *[a-z_]*\.go:[0-9]*: //p; /^FAIL/p'

fmt: need-go $(GOLANGCI) $(NPM_STAMP) ## format Go and TypeScript
	@"$(GOLANGCI)" fmt ./...
	@$(NPM) run -s fmt

tools: $(GOLANGCI) $(PROMETHEUS) $(PROMTOOL) $(ALERTMANAGER) $(ELASTICSEARCH)/bin/elasticsearch ## build the tools that take minutes, ahead of time

clean: ## remove what was built inside the clone
	@rm -rf bin .build e2e-out frontend/node_modules
	@find frontend/dist -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true

# What the rest stands on

need-go:
	@command -v go >/dev/null || { echo "make: Go is missing: install Go $$(sed -n 's/^go //p' go.mod) or newer from https://go.dev/dl" >&2; exit 1; }

# The race detector links with C.
need-cc:
	@command -v cc >/dev/null || tools/apt.sh "a C compiler, for the race detector," gcc libc6-dev

need-fault-tools:
	@command -v qemu-storage-daemon >/dev/null && command -v strace >/dev/null && command -v mkfs.ext4 >/dev/null || \
		tools/apt.sh "what simulates disks (for make faults)" qemu-utils qemu-system-common strace e2fsprogs mount

need-npm:
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make: Node and npm are missing: install Node 20 or newer from https://nodejs.org" >&2; exit 1; }

$(NPM_STAMP): frontend/package.json frontend/package-lock.json | need-npm
	@echo "npm ci (frontend)"
	@$(NPM) ci --no-audit --no-fund --loglevel=error
	@PATH="$(CURDIR)/frontend/node_modules/.bin:$$PATH" node tools/node-version.cjs
	@touch $@

$(PAGE): $(NPM_STAMP) $(PAGE_SRC)
	@echo "build the page"
	@$(NPM) run -s build
	@touch $@

$(RESULTS):
	@mkdir -p $@

$(GOLANGCI):
	@tools/build-tool.sh "$@" golangci-lint $(GOLANGCI_VERSION)

$(ALERTMANAGER):
	@tools/build-tool.sh "$@" alertmanager $(ALERTMANAGER_VERSION)

# No prerequisites: the path holds the hash, and time stamps of a fresh clone say nothing.
$(PROMETHEUS) $(PROMTOOL):
	@tools/build-tool.sh "$@" $(@F)

$(ELASTICSEARCH)/bin/elasticsearch:
	@tools/elasticsearch.sh "$(ELASTICSEARCH)" $(ELASTICSEARCH_VERSION)
