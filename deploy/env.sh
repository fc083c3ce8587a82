# shellcheck shell=bash
# To be sourced: where the build finds RocksDB's archive and keeps its results, both outside the checkout.
# Builds the archive when it is missing (about 3 minutes on two cores, once for each version of the crate).
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STOCKROOM_CACHE=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}
export STOCKROOM_CACHE
ROCKSDB_LIB_DIR=$("$here/rocksdb.sh")
export ROCKSDB_LIB_DIR ROCKSDB_STATIC=1
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$STOCKROOM_CACHE/target}
