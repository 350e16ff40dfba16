#!/bin/bash
# Unpacks Debian's nginx in DIRECTORY, for containers that see the libraries of this machine. It is not installed, so
# that none is started here. One that is there already is kept.
#
#   usage: debian-nginx.sh DIRECTORY
set -euo pipefail

[[ $# -eq 1 && $1 != -* ]] || { echo 'debian-nginx: exactly one DIRECTORY is needed' >&2; exit 1; }
directory=$(realpath -m -- "$1")
if [[ -x $directory/usr/sbin/nginx ]]; then exit 0; fi

# Unpacked beside and renamed when it is whole.
mkdir -p -- "$(dirname -- "$directory")"
exec 9<"$(dirname -- "$directory")"
flock 9
if [[ -x $directory/usr/sbin/nginx ]]; then exit 0; fi
temporary=$(mktemp --directory)
trap 'rm -rf --one-file-system -- "$temporary" "$directory.partial"' EXIT
# A machine whose lists of packages are from another time asks for files that are not there any more.
readonly options=(-qq -o Acquire::Retries=5 -o APT::Sandbox::User=root)
download() { (cd "$temporary" && apt-get "${options[@]}" download nginx >/dev/null); }
download || { apt-get "${options[@]}" update && download; }
dpkg-deb --extract "$temporary"/nginx_*.deb "$directory.partial"
mv -T -- "$directory.partial" "$directory"
