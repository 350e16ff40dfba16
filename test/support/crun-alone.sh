#!/bin/sh
# crun-alone.sh ARGUMENT...: crun on a host with control groups of both versions, which it refuses: v2 is taken out of
# its sight. What it makes in that place all the same is in a filesystem that goes with it, or it would stay below the
# mount of v2.
set -eu
unified=$(awk '$5 ~ /^\/sys\/fs\/cgroup\/./ && / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
if [ -z "$unified" ]; then exec crun "$@"; fi
# shellcheck disable=SC2016
exec unshare --mount sh -c '
  unified=$1; shift
  umount "$unified"
  mount -t tmpfs tmpfs "$unified"
  exec crun "$@"
' crun "$unified" "$@"
