import { execFileSync, spawn } from 'node:child_process';
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
    const [work, outside] = [join(rootfs, 'work'), join(directory, 'outside')];
    for (const place of [work, outside]) mkdirSync(place);
    const mounts = [{ type: 'bind' as const, target: '/', source: rootfs, readOnly: false }];
    const isOutside = (reason: unknown) =>
      /change to working directory "\/work": ENOENT/.test(String(reason));
    const reasons: unknown[] = [];
    await native.whileSwapping([[work, outside]], async () => {
      // It is inside or outside by chance; one that is moved while it is opened is refused by the kernel.
      for (let i = 0; i < 60 && !reasons.some(isOutside); i++)
        await run(['true'], { process: { cwd: '/work' } }, { rootfs: { mounts } }).catch((error) =>
          reasons.push(error),
        );
    });
    expect(reasons.some(isOutside)).toBe(true);
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

describe('a program whose interpreter is /proc/self/exe', () => {
  /** In /trap of the root filesystem, that of a runner which enters from its own file (CVE-2019-5736). */
  const naive = `#define _GNU_SOURCE
    #include <errno.h>
    #include <fcntl.h>
    #include <sched.h>
    #include <stdio.h>
    #include <string.h>
    #include <sys/mount.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
      if (strcmp(argv[1], "/trap") == 0)
        return printf("inside: %s\\n", open("/proc/self/exe", O_WRONLY) < 0 ? strerror(errno) : "open"), 0;
      if (unshare(CLONE_NEWNS) || mount(0, "/", 0, MS_REC | MS_PRIVATE, 0) || chroot(argv[1]) || chdir("/"))
        return perror("enter"), 1;
      mkdir("/proc", 0755);
      if (mount("proc", "/proc", "proc", 0, 0)) return perror("mount"), 1;
      execl("/trap", "/trap", (char *)0);
      perror("execute");
    }`;

  test('gets no file of the host, and would get a runner that enters from its own', async () => {
    const { rootfs } = native.workshop;
    writeFileSync(join(rootfs, 'trap'), '#!/proc/self/exe\n', { mode: 0o755 });
    await expect(run(['/trap'])).rejects.toMatchObject({ code: 'SC_NOT_EXECUTABLE', errno: 'EACCES' });
    const runner = native.install('../../runner', naive);
    // It runs inside, and is busy only as long as it does.
    expect(execFileSync(runner, [rootfs], { encoding: 'utf8' })).toBe('inside: Text file busy\n');
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
