#!/usr/bin/env bash
# A real Apache Kafka for development and tests, on loopback, without Docker: one node or three, KRaft.
#
#   deploy/kafka.sh up [1|3]        install if needed, start what is not running, return when it is ready
#   deploy/kafka.sh down            stop every node of this folder
#   deploy/kafka.sh status          which nodes run
#   deploy/kafka.sh kill N          kill -9 of node N
#   deploy/kafka.sh stop N          controlled shutdown of node N
#   deploy/kafka.sh start N         start node N again, on its data
#   deploy/kafka.sh tool CLASS ...  a command-line tool of Kafka's, by class (org.apache.kafka.tools.TopicCommand ...)
#
# KAFKA_DIR   data, logs and pid files (default: .kafka in the checkout, which git ignores)
# KAFKA_PORT  first port (default 19092): node n uses KAFKA_PORT + 10(n-1) for clients, +1 for the controller,
#             +2 for a listener that advertises +3, where a fault proxy may stand
# KAFKA_HEAP  JVM options of a node (default -Xms64m -Xmx256m)
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)
version=4.3.1
dir=$(realpath -m "${KAFKA_DIR:-$repo/.kafka}")
libs=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}/kafka-$version
base=${KAFKA_PORT:-19092}
ids=(- c3RvY2tyb29tLW5vZGUtMQ c3RvY2tyb29tLW5vZGUtMg c3RvY2tyb29tLW5vZGUtMw)

port() { echo $((base + $1 * 10 - 10)); }
nodes() { (cd "$dir" 2> /dev/null && compgen -G '[0-9]') || true; }
tool() { java -Xmx256m -XX:TieredStopAtLevel=1 -Dlog4j2.level=ERROR -cp "$libs/*" "$@"; }

# A node runs when its pid is alive and is still that node: pids are used again.
alive() {
  local pid
  pid=$(cat "$dir/$1/pid" 2> /dev/null) || return 1
  tr '\0' ' ' 2> /dev/null < "/proc/$pid/cmdline" | grep -qF "$dir/$1/server.properties"
}

install() {
  [ -f "$libs/done" ] && return
  echo "kafka: fetching $version" >&2
  mkdir -p "$libs"
  local pom
  pom=$(mktemp -d)
  dependency() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }
  cat > "$pom/pom.xml" << POM
<project><modelVersion>4.0.0</modelVersion><groupId>dev</groupId><artifactId>kafka</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>
$(dependency org.apache.kafka kafka_2.13 $version)
$(dependency org.apache.kafka kafka-tools $version)
$(dependency org.apache.logging.log4j log4j-slf4j-impl 2.25.4)
</dependencies></project>
POM
  mvn -q -B -f "$pom/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$libs" >&2
  rm -rf "$pom"
  touch "$libs/done"
}

format() { # node, of
  local node=$1 of=$2 isr=$((($2 + 1) / 2)) client controllers="" voters="" i
  client=$(port "$node")
  [ -f "$dir/$node/data/meta.properties" ] && return
  mkdir -p "$dir/$node"
  for i in $(seq "$of"); do
    controllers+=,127.0.0.1:$(($(port "$i") + 1))
    voters+=,$i@127.0.0.1:$(($(port "$i") + 1)):${ids[$i]}
  done
  cat > "$dir/$node/server.properties" << PROPERTIES
process.roles=broker,controller
node.id=$node
controller.quorum.bootstrap.servers=${controllers:1}
listeners=PLAINTEXT://127.0.0.1:$client,CONTROLLER://127.0.0.1:$((client + 1)),PROXIED://127.0.0.1:$((client + 2))
advertised.listeners=PLAINTEXT://127.0.0.1:$client,PROXIED://127.0.0.1:$((client + 3))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/$node/data
default.replication.factor=$of
min.insync.replicas=$isr
offsets.topic.replication.factor=$of
transaction.state.log.replication.factor=$of
transaction.state.log.min.isr=$isr
share.coordinator.state.topic.replication.factor=$of
share.coordinator.state.topic.min.isr=$isr
offsets.topic.num.partitions=6
transaction.state.log.num.partitions=6
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
  if ! tool kafka.tools.StorageTool format -t c3RvY2tyb29tLWRldi0wMQ -c "$dir/$node/server.properties" \
    --initial-controllers "${voters:1}" > "$dir/$node/format.out" 2>&1; then
    cat "$dir/$node/format.out" >&2
    exit 1
  fi
}

start() {
  alive "$1" && return
  # shellcheck disable=SC2086 # several options in one variable
  setsid java ${KAFKA_HEAP:--Xms64m -Xmx256m} -XX:+UseSerialGC -Dlog4j2.level=INFO -cp "$libs/*" kafka.Kafka \
    "$dir/$1/server.properties" > "$dir/$1/server.log" 2>&1 < /dev/null 9>&- &
  echo $! > "$dir/$1/pid"
}

ready() { # when a metadata answer lists every node
  local node end=$((SECONDS + 120)) wanted
  wanted=$(nodes | wc -l)
  until [ "$(tool org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "127.0.0.1:$base" 2> /dev/null |
    grep -c '^127')" = "$wanted" ]; do
    for node in $(nodes); do
      alive "$node" && continue
      echo "kafka: node $node ended; the end of $dir/$node/server.log:" >&2
      tail -5 "$dir/$node/server.log" >&2
      return 1
    done
    if [ $SECONDS -ge $end ]; then
      echo "kafka: not ready after 120 s; see $dir/*/server.log" >&2
      return 1
    fi
  done
}

stop() { # node, signal
  alive "$1" || return 0
  kill "-$2" "$(cat "$dir/$1/pid")"
  while alive "$1"; do sleep 0.1; done
}

case ${1:-} in
  up)
    install
    mkdir -p "$dir"
    exec 9> "$dir/lock" # two calls at once start one broker
    flock 9
    for node in $(seq "${2:-1}"); do format "$node" "${2:-1}"; done
    for node in $(nodes); do start "$node"; done
    ready
    echo "kafka: $(nodes | wc -l) node(s) ready at 127.0.0.1:$base" >&2
    ;;
  down) for node in $(nodes); do stop "$node" TERM & done; wait ;;
  status) for node in $(nodes); do if alive "$node"; then echo "$node running at 127.0.0.1:$(port "$node")"; else echo "$node stopped"; fi; done ;;
  kill) stop "$2" KILL ;;
  stop) stop "$2" TERM ;;
  start) start "$2" ;;
  tool) shift && tool "$@" ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; exit 1 ;;
esac
