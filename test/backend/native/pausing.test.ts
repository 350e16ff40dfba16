import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nativePausing } from '../../../src/backend/native/pausing.ts';
import { spec } from '../../support/containers.ts';
import { unmount } from '../../support/mounted.ts';
import { useBackend } from './harness.ts';

const native = useBackend();

// A disk on which every write waits, in a call that nothing interrupts.
let disk: string;
beforeEach(() => {
  disk = join(native.workshop.directory, 'disk');
  mkdirSync(disk);
  execFileSync('sh', [
    '-c',
    'truncate -s 8M "$0.img" && mkfs.ext4 -q "$0.img" && mount -o loop "$0.img" "$0"',
    disk,
  ]);
});
afterEach(async () => {
  await unmount(disk);
});

test('a container of which a process cannot stand still goes on, and it is told why', async () => {
  const { id } = spec([]);
  const security = { userNamespace: undefined };
  const mounts = [{ type: 'bind' as const, source: disk, target: '/disk', readOnly: false }];
  execFileSync('fsfreeze', ['--freeze', disk]);
  const { handle, stdout, outcome } = await native.launch(
    ['sh', '-c', 'echo >/disk/file & while :; do echo turn; sleep 0.02; done'],
    { id, mounts, security },
  );
  try {
    const children = `/proc/${handle.pid}/task/${handle.pid}/children`;
    const states = () =>
      readFileSync(children, 'utf8')
        .trim()
        .split(' ')
        .map((pid) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
    while (!states().includes('D')) await setTimeout(10);
    const container = { id, pid: handle.pid };
    await expect(nativePausing.pause(container)).rejects.toMatchObject({
      errno: 'EBUSY',
      message: expect.stringMatching(/not all of its processes stand still after 10 s$/),
      hint: expect.stringContaining('state D'),
    });
    expect(nativePausing.isPaused(container)).toBe(false);
    const { length } = stdout();
    while (stdout().length === length) await setTimeout(10);
  } finally {
    execFileSync('fsfreeze', ['--unfreeze', disk]);
    handle.kill(9);
    await outcome();
  }
});
