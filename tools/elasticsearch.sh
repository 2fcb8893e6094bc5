#!/usr/bin/env bash
# Fetches the Elasticsearch that tests run against into the cache, with Maven:
# tools/elasticsearch.sh DIRECTORY VERSION. It is Elastic's own distribution for
# integration tests, the server without the modules that a ratio of events does
# not need; its licence lets nobody keep it in a repository. The directory
# appears whole or not at all, so that two fetches cannot hurt each other.
set -euo pipefail
target=$1 version=$2

command -v mvn >/dev/null || tools/apt.sh "Maven, which fetches Elasticsearch for tests," maven
mkdir -p "$(dirname "$target")"
part=$(mktemp -d "$(dirname "$target")/.part.XXXXXX")
trap 'rm -rf "$part"' EXIT
start=$SECONDS
echo "fetch Elasticsearch $version (once, 104 MB; kept in $target)"
# Outside of the clone, so that Maven looks for no project.
(cd "$part" && mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack \
	-Dartifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip" -DoutputDirectory="$part")
# The unpacked files lose their modes; the node runs as another user than root.
chmod -R u+rwX,go+rX "$part/elasticsearch-$version"
chmod +x "$part/elasticsearch-$version"/bin/*
mv -T "$part/elasticsearch-$version" "$target" 2>/dev/null || [ -x "$target/bin/elasticsearch" ]
echo "fetched Elasticsearch in $((SECONDS - start)) s"
