#!/usr/bin/env bash
# Installs what the build, the broker and the tests need and the machine lacks. Does nothing where all is there.
set -euo pipefail

missing=()
have() { command -v "$1" > /dev/null 2>&1; }
have g++ || missing+=(g++)
have make || missing+=(make)
have ar || missing+=(binutils)
have pkg-config || missing+=(pkg-config)
have python3 || missing+=(python3)
python3 -c "import ensurepip" 2> /dev/null || missing+=(python3-venv python3-pip)
have flock || missing+=(util-linux)
have curl || missing+=(curl)
have javac || missing+=(openjdk-17-jdk-headless)
have mvn || missing+=(maven)
[ -f /usr/include/zlib.h ] || missing+=(zlib1g-dev)
compgen -G '/usr/include/openssl/ssl.h' > /dev/null || missing+=(libssl-dev)
# bindgen wants libclang.so or libclang-<version>.so, not the libclang-cpp.so that other packages bring.
compgen -G '/usr/lib/llvm-*/lib/libclang.so*' > /dev/null || compgen -G '/usr/lib/*/libclang-[0-9]*.so*' > /dev/null || missing+=(libclang-dev)

if [ ${#missing[@]} -gt 0 ]; then
  if ! have apt-get; then
    echo "setup: this machine lacks: ${missing[*]}" >&2
    echo "hint: install them with the system's package manager (the names are Debian's) and run this again" >&2
    exit 1
  fi
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  echo "setup: installing ${missing[*]}" >&2
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
if ! have cargo; then
  echo "setup: there is no Rust toolchain" >&2
  echo "hint: install one, 1.89 or later, from https://rustup.rs and run this again" >&2
  exit 1
fi
