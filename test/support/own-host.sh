#!/bin/bash
# own-host.sh NAME COMMAND...: runs a command on what looks like a host of its own, so that several can test at the
# same time and none sees what another leaves: processes, mounts, network, control groups, /tmp, and where sc keeps
# state by default. As root.
set -euo pipefail
readonly group=sc-host-$1
shift

readonly directory=$(mktemp --directory)
chmod 755 "$directory"

# Each tree of control groups, and of them cgroup2 with what controllers it has.
trees() { awk '/ - cgroup2? /{ print $5 }' /proc/self/mountinfo | sort -u; }

for tree in $(trees); do
  mkdir -p "$tree/$group"
  # A group of cpuset v1 has no processor until it is given some: cpuset(7).
  for file in cpuset.cpus cpuset.mems; do
    if [[ -e $tree/$file && ! -e $tree/cgroup.controllers ]]; then cat "$tree/$file" >"$tree/$group/$file"; fi
  done
  if [[ -e $tree/cgroup.controllers ]]; then
    for controller in $(<"$tree/cgroup.controllers"); do echo "+$controller" >"$tree/cgroup.subtree_control"; done
  fi
done

clean_up() {
  for tree in $(trees); do find "$tree/$group" -depth -type d -exec rmdir {} \; || true; done
  rm -rf --one-file-system "$directory"
}
trap clean_up EXIT
trap 'kill -KILL "$host" && wait' INT TERM

# Whatever kills this script kills the host.
setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net bash -c '
  set -euo pipefail
  readonly group=$1 directory=$2; shift 2
  ip link set lo up
  for tree in $(awk "/ - cgroup2? /{ print \$5 }" /proc/self/mountinfo | sort -u); do
    mount --bind "$tree/$group" "$tree"
  done
  place() {
    mkdir -p "$1" "$directory/$2"
    mount --bind "$directory/$2" "$1"
  }
  place /var/lib/sc lib
  place /run/sc run
  place /tmp tmp
  chmod 1777 /tmp
  # The shell stays, and reaps who is left over; it would execute a last command in its own place.
  "$@" && exit
' own-host "$group" "$directory" "$@" &
readonly host=$!
wait "$host"
