#!/bin/bash
# Makes a Debian root filesystem (bookworm, minbase) in DIRECTORY. One that is there already is kept.
#
#   usage: debian-rootfs.sh DIRECTORY
#
# It is taken from the mirror that this machine's apt uses, or from DEBIAN_MIRROR.
set -euo pipefail

readonly release=bookworm

fail() {
  echo "debian-rootfs: $1" >&2
  [[ $# -lt 2 ]] || echo "Try: $2" >&2
  exit 1
}

is_complete() {
  [[ -f $1/etc/debian_version && -f $1/var/lib/dpkg/status ]]
}

# Main archive of the apt configuration, whichever of its formats that has. Other projects' archives and
# the security and update suites hold no base system.
apt_mirror() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-$release}")
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" -v release="$release" \
      '$2 == "main" && ($1 == codename || $1 == release || $1 == "stable") { print $3; exit }'
}

[[ $# -eq 1 && $1 != -* ]] || fail 'exactly one DIRECTORY is needed' 'scripts/debian-rootfs.sh rootfs/debian'
directory=$(realpath -m -- "$1")

if is_complete "$directory"; then
  echo "debian-rootfs: \"$directory\" is there" >&2
  exit 0
fi
[[ ! -e $directory ]] || rmdir -- "$directory" 2>/dev/null ||
  fail "\"$directory\" is there and is not a Debian root filesystem" 'remove it, or name another directory'
[[ $(id -u) -eq 0 ]] || fail 'only root can make device nodes and owners' 'run it with sudo'
command -v debootstrap >/dev/null || fail 'debootstrap is not installed' 'apt-get install debootstrap'

mirror=${DEBIAN_MIRROR:-$(apt_mirror)}
[[ -n $mirror ]] || fail 'the apt configuration names no Debian mirror' 'set DEBIAN_MIRROR to the URL of one'
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[[ -z ${http_proxy:-} ]] || export http_proxy

# Built beside and renamed when it is whole, so that DIRECTORY is absent or complete. A second one that is
# started meanwhile waits, and then finds it there.
partial=$directory.partial
mkdir -p -- "$(dirname -- "$directory")"
exec 9<"$(dirname -- "$directory")"
flock 9
if is_complete "$directory"; then exit 0; fi
rm -rf --one-file-system -- "$partial"

echo "debian-rootfs: making \"$directory\" from $mirror" >&2
# In a mount namespace of its own: debootstrap mounts proc in it, and does not unmount it when it is killed.
log=$(unshare --mount debootstrap --variant=minbase "$release" "$partial" "$mirror" 2>&1 9<&-) || {
  echo "$log" >&2
  rm -rf --one-file-system -- "$partial"
  fail "debootstrap of $release from $mirror failed"
}
rm -f -- "$partial"/var/cache/apt/archives/*.deb "$partial"/var/lib/apt/lists/*_*
mv -T -- "$partial" "$directory"
