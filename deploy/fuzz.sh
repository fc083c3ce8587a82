#!/usr/bin/env bash
# Fuzzes the codec, the stored rows and whole histories. Installs what is missing.
#
#   deploy/fuzz.sh                  20 seconds each
#   deploy/fuzz.sh 3600             an hour each
#   deploy/fuzz.sh 3600 histories   one of them: commands, rows or histories
#   SEED=1 deploy/fuzz.sh           the same inputs on every machine: so many, from fuzz/seeds alone
#
# It begins with fuzz/seeds and with what earlier runs found, which is kept in ~/.cache/stockroom/fuzz. An input that shows a
# fault stays there too, in faults; its path is the last thing that is said.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(commands rows histories)
cache=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}/fuzz
version=0.13.1
export PATH=$cache/bin:$PATH

if [ "$(cargo fuzz --version 2> /dev/null)" != "cargo-fuzz $version" ]; then
  cargo install cargo-fuzz --version $version --locked --quiet --root "$cache"
fi
# cargo-fuzz has no --locked: the lock file is checked here.
cargo fetch --locked --quiet --manifest-path fuzz/Cargo.toml
# There is no unsafe code to watch, so no sanitizer: it is quicker and needs no nightly compiler. Overflows and debug
# assertions are checked.
options=(--sanitizer none --target-dir "${CARGO_TARGET_DIR:-$cache/target}/fuzz")
cargo fuzz build "${options[@]}"

for target in "${targets[@]}"; do
  corpus=$cache/corpus/$target
  limit=-max_total_time=$seconds
  if [ -n "${SEED:-}" ]; then
    corpus=$cache/seeded/$target && rm -rf "$corpus"
    declare -A inputs=([commands]=40000 [rows]=40000 [histories]=400)
    limit=-runs=${inputs[$target]}
  fi
  mkdir -p "$corpus" "$cache/faults"
  # Work is linear in its size: nothing this short takes 10 seconds.
  cargo fuzz run "${options[@]}" "$target" "$corpus" "fuzz/seeds/$target" -- \
    "$limit" -timeout=10 -max_len=4096 -artifact_prefix="$cache/faults/" -print_final_stats=1 \
    -seed="${SEED:-0}" -verbosity=0 2>&1 | sed -e '/^INFO/d' -e '/^Loaded/d'
done
