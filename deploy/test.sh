#!/usr/bin/env bash
# Every test, on a broker of its own and with the binary as it ships. Installs what is missing.
#
#   deploy/test.sh                  all tests
#   deploy/test.sh documents        those with this in their name (arguments go to `cargo test`)
#
# KAFKA_PORT  first of four ports for the broker (default: the first free ones from 19192 on)
# KAFKA_DIR   its folder (default: a new one, deleted when all tests have passed)
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/setup.sh
# shellcheck source=deploy/env.sh
source deploy/env.sh
cargo build --release --locked
export STOCKROOM_BIN=$CARGO_TARGET_DIR/release/stockroom

answers() { (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
first_free_port() {
  local base
  for base in $(seq 19192 10 29992); do
    if ! answers "$base" && ! answers $((base + 1)) && ! answers $((base + 2)) && ! answers $((base + 3)); then
      echo "$base"
      return
    fi
  done
  echo "test: no four free ports between 19192 and 29995" >&2
  return 1
}
if [ -z "${KAFKA_PORT:-}" ]; then
  KAFKA_PORT=$(first_free_port)
fi
is_ours=
if [ -z "${KAFKA_DIR:-}" ]; then
  KAFKA_DIR=$(mktemp -d "${TMPDIR:-/tmp}/stockroom-test.XXXXXX")
  is_ours=yes
fi
export KAFKA_PORT KAFKA_DIR

finish() {
  local status=$?
  deploy/kafka.sh down
  if [ $status -eq 0 ] && [ -n "$is_ours" ]; then
    rm -rf "$KAFKA_DIR"
  elif [ $status -ne 0 ]; then
    echo "test: the broker's logs are in $KAFKA_DIR" >&2
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

deploy/kafka.sh up
cargo test --locked "$@"
