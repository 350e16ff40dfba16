#!/bin/bash
# Makes in DIRECTORY the Debian root filesystem ROOTFS with a web server and a database in it, nginx and redis, which
# examples/site.yaml and others run. Nothing of it is installed on this machine. One that was made of the same is kept.
#
#   usage: debian-site.sh ROOTFS DIRECTORY
#
# The packages are of the release and the mirror that ROOTFS was made from, whatever this machine runs.
set -euo pipefail

readonly packages=(nginx-light redis-server)

fail() {
  echo "debian-site: $1" >&2
  [[ $# -lt 2 ]] || echo "Try: $2" >&2
  exit 1
}

[[ $# -eq 2 && $1 != -* ]] || fail 'ROOTFS and DIRECTORY are needed' 'scripts/debian-site.sh rootfs/debian rootfs/site'
rootfs=$(realpath -m -- "$1")
directory=$(realpath -m -- "$2")
[[ -f $rootfs/var/lib/dpkg/status ]] || fail "\"$rootfs\" is no Debian root filesystem" "scripts/debian-rootfs.sh $1"

# Whatever decides on the content: this script, and what ROOTFS holds.
inputs=$(cat -- "${BASH_SOURCE[0]}" "$rootfs/var/lib/dpkg/status" | sha256sum)
is_current() {
  [[ -f $directory/etc/site.inputs && $(<"$directory/etc/site.inputs") == "$inputs" ]]
}

if is_current; then
  echo "debian-site: \"$directory\" is there" >&2
  exit 0
fi
[[ $(id -u) -eq 0 ]] || fail 'only root can keep the owners of files' 'run it with sudo'

# Built beside and renamed when it is whole. A second one that is started meanwhile waits, and then finds it.
mkdir -p -- "$(dirname -- "$directory")"
exec 9<"$(dirname -- "$directory")"
flock 9
if is_current; then exit 0; fi
partial=$directory.partial
rm -rf --one-file-system -- "$partial" "$partial.apt"
trap 'rm -rf --one-file-system -- "$partial" "$partial.apt"' EXIT
mkdir -p -- "$partial.apt"/{lists,archives}/partial

echo "debian-site: making \"$directory\"" >&2
# apt looks at ROOTFS for what there is, and writes nothing there. Its user for downloads may not enter here.
options=(
  -qq -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root -o APT::Install-Recommends=false
  -o Dir::Etc="$rootfs/etc/apt" -o Dir::State::status="$rootfs/var/lib/dpkg/status"
  -o Dir::State="$partial.apt" -o Dir::State::lists="$partial.apt/lists"
  -o Dir::Cache="$partial.apt" -o Dir::Cache::archives="$partial.apt/archives"
)
apt-get "${options[@]}" update
apt-get "${options[@]}" install --download-only --yes "${packages[@]}" >/dev/null

cp --archive -- "$rootfs/." "$partial"
mv -- "$partial.apt"/archives/*.deb "$partial/root"
# No service is started: invoke-rc.d(8) asks this.
printf '#!/bin/sh\nexit 101\n' >"$partial/usr/sbin/policy-rc.d"
chmod 755 "$partial/usr/sbin/policy-rc.d"
# What is started all the same ends with the namespace of processes.
log=$(unshare --mount --pid --fork --kill-child --net --root="$partial" \
  env -i DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  sh -c 'mount -t proc proc /proc && dpkg --install /root/*.deb' 2>&1 9<&-) ||
  fail "installing ${packages[*]} failed: $log"
rm -f -- "$partial"/root/*.deb "$partial/usr/sbin/policy-rc.d"
echo "$inputs" >"$partial/etc/site.inputs"
rm -rf --one-file-system -- "$directory"
mv -T -- "$partial" "$directory"
