#!/usr/bin/env bash
# Runs a file of SQL statements in a real Flink, in one process, fetched once and kept outside the checkout.
#
#   tests/clients/flink.sh FILE
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
version=2.2.1
cache=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}
libs=$cache/flink-$version
program=$folder/FlinkSql.java

fetch() {
  echo "flink: fetching $version (160 MB)" >&2
  rm -rf "$libs"
  mkdir -p "$libs"
  local pom
  pom=$(mktemp -d)
  dependency() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }
  cat > "$pom/pom.xml" << POM
<project><modelVersion>4.0.0</modelVersion><groupId>dev</groupId><artifactId>flink</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>
$(dependency org.apache.flink flink-clients $version)
$(dependency org.apache.flink flink-table-planner-loader $version)
$(dependency org.apache.flink flink-table-runtime $version)
$(dependency org.apache.flink flink-table-api-java-bridge $version)
$(dependency org.apache.flink flink-json $version)
$(dependency org.apache.flink flink-connector-base $version)
$(dependency org.apache.flink flink-sql-connector-kafka 5.0.0-2.2)
$(dependency org.apache.flink flink-sql-avro-confluent-registry 2.2.0)
$(dependency org.apache.logging.log4j log4j-slf4j-impl 2.25.4)
</dependencies></project>
POM
  mvn -q -B -f "$pom/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$libs" >&2
  rm -rf "$pom"
  touch "$libs/done"
}

if [ ! -f "$libs/done" ]; then
  mkdir -p "$cache"
  exec 9> "$cache/flink.lock" # two calls at once fetch one
  flock 9
  [ -f "$libs/done" ] || fetch
  exec 9>&-
fi
exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.util=ALL-UNNAMED \
  -Dlog4j2.level=ERROR -cp "$libs/*" "$program" "$1"
