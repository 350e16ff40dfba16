#!/bin/sh
# Builds a program without libc for the processor named by the first argument (x64 or arm64) into the file
# named by the second: the stage, or the source that the third names. The bytes are the same each time with
# gcc 12 of Debian 12. `npm run build:stage` puts them into bytes-x64.ts and bytes-arm64.ts.
set -eu
here=$(dirname "$(readlink -f "$0")")
case $1 in
  x64) tools=x86_64-linux-gnu own='-fcf-protection=none -mno-sse' ;;
  arm64) tools=aarch64-linux-gnu own='-mbranch-protection=none -mgeneral-regs-only' ;;
  *) echo "build.sh: there are no tools for $1" >&2 && exit 2 ;;
esac
# shellcheck disable=SC2086 # several options
"$tools-gcc-12" -Os -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-ident -fno-jump-tables $own \
  -Wall -Wextra -Werror -Wl,-T,"$here/stage.ld" -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-s \
  -o "$2" "${3:-$here/stage.c}"
"$tools-strip" --strip-section-headers "$2" 2>/dev/null || "$tools-strip" "$2"
