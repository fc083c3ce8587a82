#!/usr/bin/env bash
# One day of a small chain of stores, as it happens: installs what is missing, builds, starts a broker, plays.
#
#   deploy/demo.sh [arguments of `stockroom demo`]
#
# The broker stays, to look around with the commands the demo names; `deploy/kafka.sh down` stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

deploy/setup.sh
# shellcheck source=deploy/env.sh
source deploy/env.sh
cargo build --release --locked
"$CARGO_TARGET_DIR/release/stockroom" demo "$@"
