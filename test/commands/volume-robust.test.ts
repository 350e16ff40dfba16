import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { unmount } from '../support/mounted.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const store = (root = cli.root) => join(root, 'volumes');
/** Of the store of volumes, but for where what is removed is emptied. */
const inStore = (root?: string) => readdirSync(store(root)).filter((name) => name !== '.removed');

/** A directory of the image with so many files. */
function makeSeed(count: number): void {
  const seed = join(cli.directory, 'rootfs/seed');
  mkdirSync(seed);
  for (let index = 0; index < count; index++) writeFileSync(join(seed, `f${index}`), `${index}`);
}

test('what is killed while a volume is filled has filled nothing, and the next one fills all of it', async () => {
  makeSeed(1500);
  // Meanwhile it takes its name.
  const filesOf = (data: string) => {
    try {
      return readdirSync(data).length;
    } catch {
      return 0;
    }
  };
  const isFilling = () =>
    inStore().some((name) => name.startsWith('.') && filesOf(join(store(), name, 'data')) > 10);
  const args = ['run', '-v', '/any', '-v', 'data:/seed', '--name', 'filler', './rootfs', 'true'];
  for (;;) {
    await cli.sc('volume', 'create', 'data');
    const filler = execa(cli.executable, args, cli.options);
    let hasEnded = false;
    const ending = filler.finally(() => {
      hasEnded = true;
    });
    while (!isFilling() && !hasEnded) await setImmediate();
    // It stands still in the midst of it, or was too quick for who looks.
    filler.kill('SIGSTOP');
    await eventually(() => (hasEnded || isStopped(filler.pid) ? true : undefined));
    const isCut = isFilling();
    filler.kill(isCut ? 'SIGKILL' : 'SIGCONT');
    await ending;
    if (isCut) break;
    await cli.sc('delete', 'filler');
    await cli.sc('volume', 'prune', '--all');
  }
  expect(readdirSync(join(store(), 'data/data'))).toEqual([]);
  // The one without a name was made before.
  expect(inStore()).toHaveLength(3);
  expect((await cli.sc('ps', '--all', '--quiet')).stdout).toBe('');
  expect(inStore()).toEqual(['data']);
  const counted = await cli.sc('run', '--rm', '-v', 'data:/seed', './rootfs', 'sh', '-c', 'ls /seed | wc -l');
  expect(counted.stdout.trim()).toBe('1500');
  expect(inStore()).toEqual(['data']);
});

test('a disk that is full while a volume is filled leaves nothing of it', async () => {
  const root = join(cli.directory, 'small');
  mkdirSync(root, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', root]);
  try {
    mkdirSync(join(cli.directory, 'rootfs/seed'));
    writeFileSync(join(cli.directory, 'rootfs/seed/large'), Buffer.alloc(8 << 20, 1));
    const run = (...flags: string[]) =>
      cli.sc('--root', root, 'run', '--rm', ...flags, './rootfs', 'sh', '-c', 'ls /seed');
    const { stderr, exitCode } = await run('-v', 'data:/seed');
    expect(stderr).toContain('begin volume "data" with "/seed" of the image');
    expect(stderr).toContain('ENOSPC');
    expect(exitCode).toBe(125);
    expect(inStore(root)).toEqual([]);
    expect((await run('-v', 'data:/seed:nocopy')).exitCode).toBe(0);
  } finally {
    await unmount(root);
  }
});

test('containers that start at once and share a volume find it whole', async () => {
  makeSeed(200);
  const flags = ['--rm', '-v', 'data:/seed', './rootfs', 'sh', '-c', 'ls /seed | wc -l'];
  const runs = await Promise.all(Array.from({ length: 6 }, () => cli.sc('run', ...flags)));
  expect(runs.map(({ stdout }) => stdout.trim())).toEqual(Array(6).fill('200'));
  expect(inStore()).toEqual(['data']);
});

/** All of a process stands still by a signal (proc_pid_stat(5)). */
function isStopped(pid = 0): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T ');
  } catch {
    return false;
  }
}
