#!/usr/bin/env bash
# Installs Debian packages where that is allowed, and says what to do where not:
# tools/apt.sh "what needs them" PACKAGE…
set -euo pipefail
why=$1
shift
refuse() {
	echo "make: $why is missing $1: run 'sudo apt-get install $packages'${HINT:-}" >&2
	exit 1
}
packages=$*
command -v apt-get >/dev/null || refuse "and there is no apt-get to install it with"
as_root=()
if [ "$(id -u)" != 0 ]; then
	sudo -n true 2>/dev/null || refuse "and only root may install it"
	as_root=(sudo -n)
fi
echo "install $packages (apt-get)" >&2
"${as_root[@]}" apt-get update -q >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
