import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useBackend } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

describe('a working directory', () => {
  test.each(['/proc/1/root', '/link/cwd'])('"%s" is refused as a link of /proc', async (cwd) => {
    symlinkSync('/proc/self', join(native.workshop.rootfs, 'link'));
    await expect(run(['true'], { process: { cwd } })).rejects.toMatchObject({
      errno: 'ELOOP',
      hint: expect.stringContaining('a link of /proc'),
    });
  });

  test('that is moved out of the root filesystem after it was opened is refused', async () => {
    const { directory, rootfs } = native.workshop;
    const places = [join(rootfs, 'work'), join(directory, 'outside')];
    for (const place of places) mkdirSync(place);
    const exchange = native.install(
      'exchange',
      `#define _GNU_SOURCE
      #include <fcntl.h>
      #include <stdio.h>
      int main(int argc, char **argv) {
        for (;;) renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
      }`,
    );
    const mounts = [{ type: 'bind' as const, target: '/', source: rootfs, readOnly: false }];
    const exchanging = spawn(exchange, places);
    try {
      let reason: unknown;
      // It is inside or outside by chance.
      for (let i = 0; i < 60 && reason === undefined; i++)
        await run(['true'], { process: { cwd: '/work' } }, { rootfs: { mounts } }).catch((error) => {
          reason = error;
        });
      expect(reason).toMatchObject({
        errno: 'ENOENT',
        hint: 'choose a directory inside of the root filesystem',
      });
    } finally {
      exchanging.kill('SIGKILL');
      await once(exchanging, 'exit');
    }
  });
});

describe('the keeper', () => {
  test('is closed to those who have its user and group', async () => {
    // In /proc what may be looked into belongs to its own group, anything else to root (proc(5)).
    const owner = (process?: number) => statSync(`/proc/${process}/environ`).gid;
    process.setgid?.(1);
    const open = spawn('sleep', ['1000']);
    try {
      const running = await launch(['sleep', '1000']);
      const owners = { keeper: owner(running.handle.keeperPid), open: owner(open.pid) };
      running.handle.kill(9);
      await running.outcome();
      expect(owners).toEqual({ keeper: 0, open: 1 });
    } finally {
      process.setgid?.(0);
      open.kill();
      await once(open, 'exit');
    }
  });
});

describe('the console', () => {
  test('is not made over what is mounted in its place', async () => {
    const source = join(native.workshop.directory, 'file');
    writeFileSync(source, '');
    const mounts = [{ type: 'bind' as const, source, target: '/dev/console', readOnly: false }];
    const started = sh('true', { mounts, terminal: { tty: true } });
    await expect(started).rejects.toMatchObject({ errno: 'EEXIST' });
  });
});
