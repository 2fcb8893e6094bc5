#!/usr/bin/env bash
# Builds one of the big tools into the cache: tools/build-tool.sh TARGET NAME [VERSION].
# The file appears whole or not at all, so that two builds cannot hurt each other.
set -euo pipefail
target=$1 name=$2 version=${3:-}

command -v go >/dev/null || { echo "make: Go is missing: install it from https://go.dev/dl" >&2; exit 1; }
mkdir -p "$(dirname "$target")"
part=$(mktemp -d "$(dirname "$target")/.part.XXXXXX")
trap 'rm -rf "$part"' EXIT
start=$SECONDS
echo "build $name $version (once, takes minutes; kept in $(dirname "$target"))"

export CGO_ENABLED=0
case $name in
golangci-lint)
	GOFLAGS='' GOBIN=$part nice -n 10 go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
	;;
alertmanager)
	GOFLAGS='' GOBIN=$part nice -n 10 go install "github.com/prometheus/alertmanager/cmd/alertmanager@$version"
	;;
prometheus | promtool)
	# Module v0.315.0 is version 3.15.0, and does not know it. Static, file and HTTP
	# discovery only: the others are most of the program.
	version=$(sed -nE 's|^.*github.com/prometheus/prometheus v0\.([0-9])0?([0-9]+)\.([0-9]+).*$|\1.\2.\3|p' tools/prom.mod)
	nice -n 10 go build -modfile=tools/prom.mod -tags remove_all_sd,enable_http_sd -trimpath -buildvcs=false \
		-ldflags="-s -w -X github.com/prometheus/common/version.Version=$version" \
		-o "$part/$name" "github.com/prometheus/prometheus/cmd/$name"
	;;
*)
	echo "build-tool.sh: unknown tool $name" >&2
	exit 2
	;;
esac
mv -f "$part/$name" "$target"
echo "built $name in $((SECONDS - start)) s"
