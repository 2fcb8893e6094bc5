#!/usr/bin/env bash
# Runs every fuzz target of the packages, one after the other: tools/fuzz.sh TIME PKG…
set -euo pipefail
time=$1
shift
count=0
for dir in $(go list -f '{{.Dir}}' "$@"); do
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | cut -d' ' -f2); do
		echo "fuzz ${dir#"$PWD"/} $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 2s "$dir"
		count=$((count + 1))
	done
done
echo "$count fuzz targets"
