#!/usr/bin/env bash
# Prints the packages that hold tests of real components (TestReal…); none is an error.
set -euo pipefail
packages=$(git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -lsE '^func TestReal' | xargs -r -n1 dirname | sort -u | sed 's|^|./|')
[ -n "$packages" ] || { echo "make real: no test is named TestReal…" >&2; exit 1; }
echo $packages
