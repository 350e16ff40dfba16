#!/bin/bash
# Makes in DIRECTORY what tests boot as a virtual machine: `vmlinuz`, Debian's cloud kernel (bookworm, 6.1), and
# `debian.ext4`, a disk with the root filesystem ROOTFS, a compiler, and the modules of the kernel that are
# needed. Nothing of it is installed on this machine. One that was made of the same is kept.
#
#   usage: debian-machine.sh ROOTFS DIRECTORY
#
# The packages are of the release and the mirror that ROOTFS was made from, whatever this machine runs.
set -euo pipefail

readonly packages=(busybox-static gcc libc6-dev) # what the programs of tests need that ROOTFS has not
readonly modules=(fs/overlayfs/overlay drivers/block/loop) # what is not built in; nvme, ext4 and cgroup2 are
readonly size=3G                                 # of the disk, which is sparse: what it takes is 0.5 GB

fail() {
  echo "debian-machine: $1" >&2
  [[ $# -lt 2 ]] || echo "Try: $2" >&2
  exit 1
}

[[ $# -eq 2 && $1 != -* ]] || fail 'ROOTFS and DIRECTORY are needed' 'scripts/debian-machine.sh rootfs/debian rootfs/machine'
rootfs=$(realpath -m -- "$1")
directory=$(realpath -m -- "$2")
[[ -f $rootfs/var/lib/dpkg/status ]] || fail "\"$rootfs\" is no Debian root filesystem" "scripts/debian-rootfs.sh $1"

# Whatever decides on the content: this script, and what ROOTFS holds.
inputs=$(cat -- "${BASH_SOURCE[0]}" "$rootfs/var/lib/dpkg/status" | sha256sum)
is_current() {
  [[ -f $directory/inputs && $(<"$directory/inputs") == "$inputs" ]]
}

if is_current; then
  echo "debian-machine: \"$directory\" is there" >&2
  exit 0
fi
[[ $(id -u) -eq 0 ]] || fail 'only root can keep the owners of files' 'run it with sudo'

# Built beside and renamed when it is whole. A second one that is started meanwhile waits, and then finds it.
mkdir -p -- "$(dirname -- "$directory")"
exec 9<"$(dirname -- "$directory")"
flock 9
if is_current; then exit 0; fi
partial=$directory.partial
rm -rf --one-file-system -- "$partial"
trap 'rm -rf --one-file-system -- "$partial"' EXIT
mkdir -p -- "$partial"/{lists,archives}/partial "$partial/tree"

echo "debian-machine: making \"$directory\"" >&2
# apt looks at ROOTFS for what there is, and writes nothing there. Its user for downloads may not enter here.
options=(
  -qq -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root -o APT::Install-Recommends=false
  -o Dir::Etc="$rootfs/etc/apt" -o Dir::State::status="$rootfs/var/lib/dpkg/status"
  -o Dir::State="$partial" -o Dir::State::lists="$partial/lists"
  -o Dir::Cache="$partial" -o Dir::Cache::archives="$partial/archives"
)
apt-get "${options[@]}" update
kernel=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 |
  awk '$1 == "Depends:" && $2 ~ /^linux-image-6\.1\./ { print $2; exit }')
[[ -n $kernel ]] || fail "the mirror of \"$rootfs\" has no kernel 6.1"
apt-get "${options[@]}" install --download-only --yes "${packages[@]}" >/dev/null
(cd -- "$partial" && apt-get "${options[@]}" download "$kernel")

tree=$partial/tree
cp --archive -- "$rootfs/." "$tree"
for package in "$partial"/archives/*.deb; do
  # /lib and the like are links in ROOTFS, and directories in some packages.
  dpkg-deb --fsys-tarfile "$package" |
    tar --extract --directory="$tree" --keep-directory-symlink --exclude='./usr/share/*'
done
rm -rf -- "$tree"/usr/share/{doc,info,locale,man} "$tree"/var/{cache,lib}/apt

image=$(echo "$partial"/linux-image-*.deb)
unpack() {
  dpkg-deb --fsys-tarfile "$image" | tar --extract --to-stdout --wildcards "$1"
}
unpack './boot/vmlinuz-*' >"$partial/vmlinuz"
mkdir -p -- "$tree/lib/modules"
for module in "${modules[@]}"; do
  unpack "./lib/modules/*/kernel/$module.ko" >"$tree/lib/modules/$(basename -- "$module").ko"
done

# No journal: what a machine writes is forgotten when it ends.
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$partial/debian.ext4" "$size"
find "$partial" -mindepth 1 -maxdepth 1 ! -name vmlinuz ! -name debian.ext4 -exec rm -rf --one-file-system -- {} +
echo "$inputs" >"$partial/inputs"
rm -rf --one-file-system -- "$directory"
mv -T -- "$partial" "$directory"
