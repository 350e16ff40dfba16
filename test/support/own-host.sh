#!/bin/bash
# own-host.sh NAME COMMAND...: runs a command on what looks like a host of its own, so that several can test at the
# same time and none sees what another leaves: processes, mounts, network, control groups, /tmp, and where sc and
# other runtimes keep state by default. As root. A NAME is one host at a time: a second one would take away the
# control groups of the first.
set -euo pipefail
readonly name=$1 group=sc-host-$1
shift

# It goes with whoever holds it, however that ends.
exec {lock}>"/run/lock/$group"
if ! flock --nonblock "$lock"; then
  echo "own-host.sh: $name is there already: choose another name, or wait for its end" >&2
  exit 1
fi

readonly directory=$(mktemp --directory)
chmod 755 "$directory"

# Each tree of control groups.
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

# The group in which a process makes a namespace of control groups is the root that it sees. Whatever kills this script
# kills the host.
(
  exec {lock}>&-
  for tree in $(trees); do echo "$BASHPID" >"$tree/$group/cgroup.procs"; done
  exec setpriv --pdeathsig KILL unshare --cgroup --mount --propagation private --pid --fork --kill-child \
    --net bash -c '
      set -euo pipefail
      # In place of that of the host, and not over it: programs that unmount it are to find none, as on a host.
      umount --lazy /proc
      mount -t proc proc /proc
      readonly directory=$1; shift
      ip link set lo up
      mapfile -t trees < <(awk "/ - cgroup2? /{ print \$5 }" /proc/self/mountinfo | sort -u)
      for tree in "${trees[@]}"; do
        # Type and options stand behind the dash: proc_pid_mountinfo(5).
        read -r type _ options < <(awk -v tree="$tree" "\$5 == tree" /proc/self/mountinfo | sed "s/.* - //")
        if [[ $type == cgroup2 ]]; then options=rw; fi
        # The same cannot be mounted over itself.
        umount "$tree"
        mount -t "$type" -o "${options#rw,}" "$type" "$tree"
        # In the root of a tree of v2 no process may be beside groups with controllers, if it is not the true one.
        if [[ $type == cgroup2 ]]; then
          mkdir "$tree/processes"
          echo $$ >"$tree/processes/cgroup.procs"
          until [[ -z $(<"$tree/cgroup.procs") ]]; do sleep 0.01; done
        fi
      done
      place() {
        mkdir -p "$1" "$directory/$2"
        mount --bind "$directory/$2" "$1"
      }
      place /var/lib/sc lib
      place /run/sc run
      # Where other runtimes keep theirs, at which the conformance suite looks.
      for runtime in runc crun containerd/runc; do place "/run/$runtime" "run-${runtime//\//-}"; done
      place /tmp tmp
      chmod 1777 /tmp
      # The shell stays, and reaps who is left over; it would execute a last command in its own place.
      "$@" && exit
    ' own-host "$directory" "$@"
) &
readonly host=$!
# Whoever has made the namespaces waits in them, outside of the groups.
for tree in $(trees); do
  if [[ -e $tree/cgroup.controllers ]]; then
    until [[ -e $tree/$group/processes ]] || ! kill -0 "$host" 2>/dev/null; do sleep 0.01; done
    echo "$host" >"$tree/cgroup.procs" || true
  fi
done
wait "$host"
