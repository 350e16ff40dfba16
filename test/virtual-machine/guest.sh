#!/bin/sh
# Pid 1 of the virtual machine, on the repository's disk: mounts what a system has, with control groups of v2
# alone, runs the test files that .machine/files names, and turns the machine off. Without any it is a shell.
#
# To the second serial port go lines of JSON: {kernel, controlGroups} first, {file, status, deaths, report} for
# each file, the report being vitest's own, and `"done"` at the end. What is for people goes to the first port.
export PATH=/mnt/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root CI=1 NO_COLOR=1

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
mkdir /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev tmpfs /dev/shm
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
for module in /lib/modules/*.ko; do busybox insmod "$module"; done
busybox ip link set lo up
hostname machine

cd /mnt || exit
readonly report=.vitest/results.json output=/run/output ended=/run/ended left=/run/left

# The time of a test counts about twelvefold here.
run() {
  rm -f $report
  { vitest run "$@" --testTimeout=240000 --hookTimeout=240000 --reporter=verbose --reporter=json 2>&1; echo $? >$ended; } |
    tee $output
  status=$(cat $ended)
}

# The emulated processor makes Node itself crash now and then, be it the process that runs the file or the one
# that waits for it.
node_died() {
  [ $status -eq 139 ] || grep -q 'Worker exited unexpectedly with signal SIGSEGV' $output
}

if [ -s .machine/files ]; then
  stty -F /dev/ttyS1 raw
  printf '{"kernel":"%s","controlGroups":[%s]}\n' "$(uname -r)" \
    "$(awk '$3 ~ /^cgroup/ { printf "%s\"%s on %s\"", comma, $3, $2; comma = "," }' /proc/mounts)" >/dev/ttyS1
  # One run of all files reads what they have in common once. Those that do not come to their end in it get one of
  # their own.
  run $(cat .machine/files)
  if node_died; then status=139; fi
  node test/virtual-machine/shared-run.ts $report $status .machine/files $left >/dev/ttyS1
  while read -r file; do
    deaths=0
    run "$file"
    # A crash of Node says nothing about what is tested, so that the file gets a second run; only a crash does.
    if node_died; then
      deaths=1
      run "$file"
    fi
    printf '{"file":"%s","status":%d,"deaths":%d,"report":%s}\n' \
      "$file" $status $deaths "$(cat $report || echo null)" >/dev/ttyS1
  done <$left
  echo '"done"' >/dev/ttyS1
else
  setsid --ctty sh -i <>/dev/ttyS0 >&0 2>&1
fi

sync
echo o >/proc/sysrq-trigger
sleep 60
