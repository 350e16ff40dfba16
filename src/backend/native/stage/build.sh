#!/bin/sh
# Builds the stage for this processor into the file named by the first argument, the same bytes each time
# with gcc 12 of Debian 12. `npm run build:stage` puts them into bytes-x64.ts.
set -eu
here=$(dirname "$(readlink -f "$0")")
"${CC:-gcc-12}" -Os -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fno-ident -fno-jump-tables -fcf-protection=none -mno-sse \
  -Wall -Wextra -Werror -Wl,-T,"$here/stage.ld" -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-s \
  -o "$1" "$here/stage.c"
strip --strip-section-headers "$1" 2>/dev/null || strip "$1"
