#!/usr/bin/env bash
# Fails if generated code differs from what the generators write. Works on a copy,
# so that it neither needs a clean work tree nor changes one.
set -euo pipefail
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
	[ -e "$f" ] && printf '%s\0' "$f"
done | tar --null --files-from=- -cf - | tar -xf - -C "$copy"
ln -s "$PWD/frontend/node_modules" "$copy/frontend/node_modules"

(cd "$copy" && go generate ./... && npm --prefix frontend run -s generate) >"$copy/.log" 2>&1 || { cat "$copy/.log" >&2; exit 1; }

status=0
for path in graph frontend/src/gql; do
	diff -r -q "$path" "$copy/$path" || status=1
done
if [ $status != 0 ]; then
	echo "generated code is not up to date: run make generate and commit what it writes" >&2
fi
exit $status
