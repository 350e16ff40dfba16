import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { spec } from '../../support/containers.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

const monitor = { init: true };

const profile = (action: string, errnoRet: number, names: string[]) => ({
  path: '/srv/profile.json',
  profile: JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names, action, ...(action === 'SCMP_ACT_ERRNO' && { errnoRet }) }],
  }),
});

describe('under a seccomp profile of its own', () => {
  const calls = [
    'execveat',
    'rt_sigprocmask',
    'fcntl',
    'rt_sigtimedwait',
    'waitid',
    'kill',
    'clone',
    'setsid',
  ];

  test.each(calls)('that refuses %s a small init is no start, and it is said why', async (name) => {
    const security = { seccomp: profile('SCMP_ACT_ERRNO', 1, [name]) };
    await expect(run(['true'], { monitor, security })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'EPERM',
      hint: `let its seccomp profile allow ${name}, or do without the init`,
    });
    expect((await run(['true'], { security })).exit.code).toBe(0);
  });

  test.each(['execveat', 'rt_sigtimedwait', 'waitid', 'kill', 'clone'])(
    'that only pretends to make %s it is no start either',
    async (name) => {
      const security = { seccomp: profile('SCMP_ACT_ERRNO', 0, [name]) };
      await expect(run(['true'], { monitor, security })).rejects.toMatchObject({ code: 'SC_START_FAILED' });
    },
  );

  test('that kills who makes one of them it is no start, and it is said which there are', async () => {
    const security = { seccomp: profile('SCMP_ACT_KILL_PROCESS', 0, ['waitid']) };
    await expect(run(['true'], { monitor, security })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      hint: expect.stringContaining('write, execve, execveat, rt_sigtimedwait, waitid and kill'),
    });
  });

  test('that kills the program it tells so', async () => {
    const security = { seccomp: profile('SCMP_ACT_KILL_PROCESS', 0, ['mkdir', 'mkdirat']) };
    expect((await run(['mkdir', '/tmp/x'], { monitor, security })).exit).toEqual({
      code: 159,
      signal: 'SIGSYS',
      cause: 'signal',
    });
  });

  test('it is there without no_new_privs too', async () => {
    const security = { noNewPrivileges: false };
    const { stdout } = await sh('cat /proc/1/comm; grep Seccomp: /proc/1/status', { monitor, security });
    expect(stdout).toBe('sc-init\nSeccomp:\t2\n');
  });
});

test('a container of one process has no room for a small init', async () => {
  await expect(run(['true'], { monitor, resources: { pids: 1 } })).rejects.toMatchObject({
    message: expect.stringContaining('fork the program: EAGAIN'),
    hint: 'allow it one process more, for the init',
  });
});

/** Takes descriptor 4 of pid 1 as soon as it runs, the way to the keeper; tells the error. */
const thief = `
  #define _GNU_SOURCE
  #include <errno.h>
  #include <stdio.h>
  #include <sys/syscall.h>
  #include <unistd.h>
  int main() {
    int init = syscall(434, 1, 0);
    long taken = syscall(438, init, 4, 0), signal = syscall(438, init, 5, 0);
    printf("%d %d\\n", taken < 0 ? errno : 0, signal >= 0);
  }`;

test.each([
  ['of its own', {}],
  ['of the host', usersOfHost],
])('who may trace pid 1, in a user namespace %s, gets no way to the keeper by it', async (_, users) => {
  native.install('thief', thief);
  const capabilities = [...spec([]).security.capabilities, 'CAP_SYS_PTRACE'];
  for (let i = 0; i < 10; i++) {
    const { stdout } = await run(['thief'], { monitor, security: { ...users, capabilities } });
    // EBADF, though it could have taken it: it takes another.
    expect(stdout).toBe('9 1\n');
  }
});

test('an init that is stopped and continued from outside goes on', async () => {
  const running = await launch(['sh', '-c', 'trap "exit 6" TERM; echo ready; while :; do sleep 0.02; done'], {
    monitor,
  });
  await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
  process.kill(running.handle.pid, 'SIGSTOP');
  running.handle.kill(15);
  await sleep(50);
  process.kill(running.handle.pid, 'SIGCONT');
  expect((await running.outcome()).exit).toEqual({ code: 6, cause: 'exit' });
});

test('who is left alone by a further program is reaped too', async () => {
  const running = await launch(['sleep', '1000'], { monitor });
  const script = 'sleep 0.1 >/dev/null & echo $!';
  const { stdout, exit } = await (await native.enter(running, ['sh', '-c', script])).outcome();
  expect(exit).toEqual({ code: 0, cause: 'exit' });
  const gone = `for i in $(seq 1500); do test -e /proc/${stdout.trim()} || exit 0; sleep 0.02; done; exit 1`;
  expect((await (await native.enter(running, ['sh', '-c', gone])).outcome()).exit.code).toBe(0);
  running.handle.kill(15);
  expect((await running.outcome()).exit).toEqual({ code: 143, signal: 'SIGTERM', cause: 'signal' });
});

test.each([false, true])('a detached container has it too, with terminal: %s', async (tty) => {
  const [recordDirectory, directory] = ['record', 'log'].map((name) => join(native.workshop.directory, name));
  if (recordDirectory === undefined || directory === undefined) throw new Error('there are two');
  for (const path of [recordDirectory, directory]) mkdirSync(path);
  const log = { directory, maxSize: 1 << 20, maxFiles: 2 };
  const script = 'cat /proc/1/comm; ls /proc/1/fd | wc -w; kill -TERM $$';
  const running = await launch(
    ['sh', '-c', script],
    { monitor, terminal: { tty } },
    { recordDirectory, detached: { log } },
  );
  running.handle.release();
  expect((await running.outcome()).exit).toEqual({ code: 143, signal: 'SIGTERM', cause: 'signal' });
  expect(readFileSync(join(directory, 'data'), 'utf8').replaceAll('\r', '')).toBe('sc-init\n4\n');
});
