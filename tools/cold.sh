#!/usr/bin/env bash
# Measures a newcomer's first minutes: clones HEAD into an empty folder and runs
# a target with empty caches (Go build and modules, npm, tools).
#   tools/cold.sh run     until /readyz answers 200
#   tools/cold.sh test    until make test ends
set -euo pipefail
target=${1:?run or test}
source=$(git rev-parse --show-toplevel)
dir=$(mktemp -d)
port=${PORT:-18480}
server=
finish() {
	[ -z "$server" ] || kill -- "$server" 2>/dev/null || true
	chmod -R u+w "$dir" # Go makes its module cache read-only
	rm -rf "$dir"
}
trap finish EXIT

export GOCACHE=$dir/go-build GOMODCACHE=$dir/go-mod GOPATH=$dir/go npm_config_cache=$dir/npm HINDCAST_CACHE=$dir/tools
export DATA=$dir/data LISTEN=127.0.0.1:$port
git clone --quiet "$source" "$dir/clone"
cd "$dir/clone"
echo "commit $(git rev-parse --short HEAD), $(nproc) cores, $(go version | cut -d' ' -f3), node $(node --version)"
start=$SECONDS
case $target in
run)
	setsid make run >"$dir/log" 2>&1 &
	server=-$! # the whole group
	until curl -fs "http://$LISTEN/readyz" >/dev/null; do
		kill -0 -- "${server#-}" 2>/dev/null || { tail -50 "$dir/log" >&2; exit 1; }
		sleep 0.2
	done
	;;
test)
	make test
	;;
*)
	echo "cold.sh: run or test, not $target" >&2
	exit 2
	;;
esac
echo "cold make $target: $((SECONDS - start)) s"
