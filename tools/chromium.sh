#!/usr/bin/env bash
# Prints the path of a Chromium; installs Debian's where none is there and it may.
set -euo pipefail

find_chromium() {
	if [ -n "${CHROMIUM:-}" ]; then
		[ -x "$CHROMIUM" ] || { echo "make: CHROMIUM=$CHROMIUM is not a program" >&2; exit 1; }
		echo "$CHROMIUM"
		return
	fi
	command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
}

if find_chromium; then exit; fi
HINT=", or set CHROMIUM=/path/to/chrome" "$(dirname "$0")/apt.sh" chromium chromium fonts-dejavu-core
find_chromium
