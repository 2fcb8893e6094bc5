#!/usr/bin/env bash
# Prints the path of a Chromium; installs Debian's where none is there and it may.
set -euo pipefail

find_chromium() {
	if [ -n "${CHROMIUM:-}" ]; then
		[ -x "$CHROMIUM" ] || { echo "chromium: CHROMIUM=$CHROMIUM is not a program" >&2; exit 1; }
		echo "$CHROMIUM"
		return
	fi
	command -v chromium || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
}

if find_chromium; then exit; fi
as_root=()
if [ "$(id -u)" != 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "chromium: none found and no right to install it: run 'sudo apt-get install chromium', or set CHROMIUM=/path/to/chrome" >&2
		exit 1
	fi
	as_root=(sudo -n)
fi
command -v apt-get >/dev/null || { echo "chromium: none found and no apt-get: install it, or set CHROMIUM=/path/to/chrome" >&2; exit 1; }
echo "install chromium (apt-get)" >&2
"${as_root[@]}" apt-get update -q >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core >&2
find_chromium
