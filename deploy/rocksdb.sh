#!/usr/bin/env bash
# Builds RocksDB's static archive the quick way and prints the folder it is in.
#
# The crate compiles RocksDB's 340 files one by one: 15 to 20 minutes of two cores. In groups, each one translation unit
# of #includes, the same sources take about 3. The sources and flags are those of the librocksdb-sys in Cargo.lock; the
# archive is kept under that version, outside the checkout. A plain `cargo build` without it works too, slowly.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)
lock_of() { sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;q}" "$repo/Cargo.lock"; }
version=$(lock_of librocksdb-sys)
lz4_version=$(lock_of lz4-sys)
arch=$(uname -m)
folder=${STOCKROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stockroom}/rocksdb-$version-$arch
if [ -f "$folder/librocksdb.a" ]; then
  echo "$folder"
  exit 0
fi

mkdir -p "$folder"
exec 9> "$folder/lock"
flock 9
if [ -f "$folder/librocksdb.a" ]; then # another build finished while this one waited
  echo "$folder"
  exit 0
fi

echo "rocksdb: building $version in groups, about 3 minutes on two cores (once; kept in $folder)" >&2
(cd "$repo" && cargo fetch --locked -q >&2)
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
source=$(compgen -G "$registry/*/librocksdb-sys-$version" | head -1)
lz4=$(compgen -G "$registry/*/lz4-sys-$lz4_version" | head -1)
build=$(mktemp -d "$folder/build.XXXXXX")
trap 'rm -rf "$build"' EXIT

grep -oE '[A-Za-z0-9_./-]+\.cc' "$source/rocksdb_lib_sources.txt" | grep -v '^util/build_version.cc$' > "$build/sources"
split -n l/8 -d "$build/sources" "$build/group"
for group in "$build"/group0?; do
  sed "s|.*|#include \"$source/rocksdb/&\"|" "$group" > "$group.cc"
done
echo "#include \"$source/build_version.cc\"" > "$build/group08.cc"

flags=(-std=c++20 -O2 -g0 -fPIC -w -include cstdint -DNDEBUG -DLZ4 -DHAVE_ALIGNED_NEW -DHAVE_UINT128_EXTENSION
  -DOS_LINUX -DROCKSDB_PLATFORM_POSIX -DROCKSDB_LIB_IO_POSIX -DROCKSDB_SCHED_GETCPU_PRESENT
  -DROCKSDB_AUXV_GETAUXVAL_PRESENT -DROCKSDB_FALLOCATE_PRESENT -DROCKSDB_RANGESYNC_PRESENT
  "-I$source/rocksdb/include" "-I$source/rocksdb" "-I$source" "-I$lz4/liblz4/lib")
[ "$arch" != x86_64 ] || flags+=(-msse4.2 -mpclmul) # without them the checksums are slow
printf '%s\n' "$build"/group0?.cc | xargs -P "$(nproc)" -I{} "${CXX:-g++}" "${flags[@]}" -c {} -o {}.o
ar crs "$build/librocksdb.a" "$build"/group0?.cc.o
mv "$build/librocksdb.a" "$folder/librocksdb.a"
echo "$folder"
