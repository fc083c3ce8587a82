#!/usr/bin/env bash
# Runs a Python script with Confluent's client in an environment of its own, made once and kept outside the checkout.
#
#   tests/clients/python.sh SCRIPT ARGUMENTS...
set -euo pipefail
version=2.16.1
cache=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}
environment=$cache/confluent-kafka-$version
if [ ! -f "$environment/done" ]; then
  mkdir -p "$cache"
  exec 9> "$cache/python.lock" # two calls at once make one
  flock 9
  if [ ! -f "$environment/done" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" -q install "confluent-kafka[avro]==$version" >&2
    touch "$environment/done"
  fi
fi
exec "$environment/bin/python" "$@"
