import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FileResult } from './complaints.ts';

const repository = join(import.meta.dirname, '../..');
const parts = join(repository, 'rootfs/machine');

export interface MachineRun {
  /** Release of the kernel; undefined where it has not come that far. */
  kernel?: string;
  /** Each mount of control groups, as `cgroup2 on /sys/fs/cgroup`. */
  controlGroups?: string[];
  /** Whether it ran all files and turned itself off in time. */
  ended: boolean;
  /** What kernel and vitest wrote for people. */
  console: string;
  results: FileResult[];
}

/**
 * Boots Debian's 6.1 kernel with the repository as its second disk and runs these test files in it; guest.sh
 * is the other half. `directory` takes what is needed meanwhile. After `timeout` milliseconds the machine is
 * killed. The processor is emulated, so that it runs where there is no KVM, and alike everywhere.
 */
export async function runInMachine(
  files: readonly string[],
  { directory, timeout }: { directory: string; timeout: number },
): Promise<MachineRun> {
  const disk = makeDisk(directory, files);
  const [console, results] = [join(directory, 'console'), join(directory, 'results')];
  const [program, ...args] = machineCommand(disk, [`file:${console}`, `file:${results}`]);
  const { exitCode } = await execa(program, args, {
    // Where what is written to the disks goes, in files that have no name.
    env: { TMPDIR: directory },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
    reject: false,
    timeout,
    killSignal: 'SIGKILL',
  });
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  // The last line is not whole where the machine was killed.
  const lines = read(results).split('\n').slice(0, -1);
  const { kernel, controlGroups } = JSON.parse(lines.shift() ?? '{}');
  const ended = exitCode === 0 && lines.pop() === '"done"';
  return {
    ...{ kernel, controlGroups, ended },
    console: read(console),
    results: lines.map((line) => JSON.parse(line)),
  };
}

/** What boots the machine, with such serial ports (`-serial` of qemu-system(1)). */
export function machineCommand(disk: string, serial: readonly string[]): [string, ...string[]] {
  // The first process is on the second disk already, which the kernel does not wait for.
  const script = [
    'mount -t devtmpfs -o nosuid devtmpfs /dev',
    'until [ -b /dev/nvme1n1 ]; do sleep 0.1; done',
    'mount -t ext4 /dev/nvme1n1 /mnt',
    'exec /mnt/test/virtual-machine/guest.sh',
  ];
  const init = `init=/bin/sh -- -c "${script.join('; ')}"`;
  return [
    // Whatever kills the test kills the machine.
    ...(['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64'] as const),
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2G'],
    ...['-kernel', join(parts, 'vmlinuz')],
    ...['-append', `root=/dev/nvme0n1 rw console=ttyS0 quiet panic=-1 mitigations=off hugepages=8 ${init}`],
    ...drive('debian', join(parts, 'debian.ext4')),
    ...drive('repository', disk),
    ...serial.flatMap((port) => ['-serial', port]),
  ];
}

/** A disk on which nothing is written: what the machine writes goes into a temporary file. */
function drive(name: string, file: string): string[] {
  return [
    ...['-drive', `if=none,id=${name},file=${file},format=raw,snapshot=on`],
    ...['-device', `nvme,serial=${name},drive=${name}`],
  ];
}

/** Not for tests, and large. */
const leftOut = ['.git', '.vitest', 'rootfs', 'node_modules/@biomejs', 'node_modules/@typescript'];
const hidden = leftOut.filter((name) => name.includes('/') && existsSync(join(repository, name)));

/** Makes a disk of the repository as it is, built or not, and of the list of files. Answers where it is. */
export function makeDisk(directory: string, files: readonly string[]): string {
  if (!existsSync(join(parts, 'debian.ext4'))) {
    throw new Error(`boot a virtual machine: "${parts}" is not there\nTry: npm run setup`);
  }
  const disk = join(directory, 'repository.ext4');
  const names = readdirSync(repository).filter((name) => !leftOut.includes(name));
  // mke2fs copies a directory. It is put together of mounts, which nobody else sees and which go with the shell.
  const script = [
    'set -eu; disk=$1 repository=$2 tree=$3 files=$4; shift 4',
    'mount -t tmpfs tree "$tree"; cd "$tree"; mkdir .machine; printf %s "$files" >.machine/files',
    'for name; do',
    '  if [ -d "$repository/$name" ]; then mkdir "$name"; else : >"$name"; fi',
    '  mount --bind "$repository/$name" "$name"',
    'done',
    ...hidden.map((name) => `mount -t tmpfs none ${name}`),
    'mke2fs -q -t ext4 -O ^has_journal -m 0 -d . "$disk" 1G',
  ];
  const list = files.map((file) => `${file}\n`).join('');
  const tree = mkdtempSync(join(directory, 'tree-'));
  const args = [disk, repository, tree, list, ...names];
  execFileSync('unshare', ['--mount', 'sh', '-c', script.join('\n'), 'sh', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmdirSync(tree);
  return disk;
}
