import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
      const isOutside = (reason: unknown) =>
        /change to working directory "\/work": ENOENT/.test(String(reason));
      const reasons: unknown[] = [];
      // It is inside or outside by chance; one that is moved while it is opened is refused by the kernel.
      for (let i = 0; i < 60 && !reasons.some(isOutside); i++)
        await run(['true'], { process: { cwd: '/work' } }, { rootfs: { mounts } }).catch((error) =>
          reasons.push(error),
        );
      expect(reasons.some(isOutside)).toBe(true);
    } finally {
      exchanging.kill('SIGKILL');
      await once(exchanging, 'exit');
    }
  });
});

describe('the keeper, and init until it executes the program,', () => {
  const childrenOf = (pid: number | undefined) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

  /** Stops init as soon as it is there, then looks whose it and its keeper are. */
  function stopInit(before: readonly number[]): { keeper: number; init: number; isEarly: boolean } {
    for (let looks = 0; looks < 100_000; looks++) {
      const keeper = childrenOf(process.pid).find((pid) => !before.includes(pid));
      const [init] = keeper === undefined ? [] : childrenOf(keeper);
      if (keeper === undefined || init === undefined) continue;
      process.kill(init, 'SIGSTOP');
      return { keeper, init, isEarly: readlinkSync(`/proc/${init}/exe`).startsWith('/memfd:sc-') };
    }
    throw new Error('init did not come');
  }

  test('are closed to those who have their user and group', async () => {
    // In /proc what may be looked into belongs to its own group, anything else to root (proc(5)).
    const owner = (pid?: number) => statSync(`/proc/${pid}/environ`).gid;
    process.setgid?.(1);
    const open = spawn('sleep', ['1000']);
    try {
      let isEarly = false;
      while (!isEarly) {
        const before = childrenOf(process.pid);
        const launching = launch(['sleep', '1000']);
        const stopped = stopInit(before);
        isEarly = stopped.isEarly;
        const owners = { keeper: owner(stopped.keeper), init: owner(stopped.init), open: owner(open.pid) };
        process.kill(stopped.init, 'SIGCONT');
        const running = await launching;
        running.handle.kill(9);
        await running.outcome();
        if (isEarly) expect(owners).toEqual({ keeper: 0, init: 0, open: 1 });
      }
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
