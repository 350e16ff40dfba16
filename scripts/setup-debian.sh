#!/bin/bash
# Prepares a machine with Debian or Ubuntu for the tests and benchmarks: installs the packages that are
# missing, and makes the Debian root filesystems that examples and tests run and the virtual machine that tests boot.
# Changes nothing the second time.
set -euo pipefail

packages=(
  libatomic1                                        # the Node.js that npm brings
  busybox-static debootstrap libseccomp2 util-linux # what containers in tests are made of
  gcc-12 gcc libc6-dev binutils                     # the stage and the programs of tests and benchmarks
  qemu-user                                         # executes those of the other processor, registered nowhere
  qemu-system-x86 e2fsprogs                         # a virtual machine with Debian's kernel, and its disks
  btrfs-progs                                       # a filesystem of its storage driver
  systemd                                           # has the unit file checked, and runs nothing
  tmux strace python3                               # a terminal without a person, and looks at programs
  attr                                              # extended attributes of files
  zsh fish                                          # shells that complete command lines, beside bash
  iproute2 nftables iptables                        # networks of containers, and a look at them
  libarchive-tools bzip2 xz-utils zstd              # tars of another hand, and compression
  skopeo umoci podman                               # others that read and write images
  catatonit                                         # with which podman holds the namespaces of a Pod
  runc crun lxc bubblewrap                          # what backends run on, and the benchmarks compare with
)

# The stage is built for both processors, on either.
case $(dpkg --print-architecture) in
  arm64) packages+=(gcc-12-x86-64-linux-gnu libc6-dev-amd64-cross) ;;
  *) packages+=(gcc-12-aarch64-linux-gnu libc6-dev-arm64-cross) ;;
esac

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done

# A mirror that fails once is asked again, by apt for a file and here for the whole.
try() {
  local pause
  for pause in 2 10 30; do
    "$@" && return
    echo "setup-debian: trying again in $pause s: $*" >&2
    sleep "$pause"
  done
  "$@"
}

if [[ ${#missing[@]} -gt 0 ]]; then
  if [[ $(id -u) -ne 0 ]]; then
    echo "setup-debian: only root can install ${missing[*]}" >&2
    echo "Try: sudo $0" >&2
    exit 1
  fi
  echo "setup-debian: installing ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  options=(-qq -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  try apt-get "${options[@]}" update
  try apt-get "${options[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null
fi

readonly here=$(dirname "$0")
"$here/debian-rootfs.sh" "$here/../rootfs/debian"
"$here/debian-site.sh" "$here/../rootfs/debian" "$here/../rootfs/site"
"$here/debian-machine.sh" "$here/../rootfs/debian" "$here/../rootfs/machine"
