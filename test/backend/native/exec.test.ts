import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { describe, expect, test, vi } from 'vitest';
import { defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { kernelRelease } from '../../../src/linux/kernel.ts';
import { isAtLeast } from '../../../src/linux/kernel-version.ts';
import { processIsAlive, processReference } from '../../../src/linux/process.ts';
import { setWindowSize } from '../../../src/linux/terminal.ts';
import type { Running } from '../../support/containers.ts';
import { inheritable } from '../../support/descriptors.ts';
import { processesWith } from '../../support/processes.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();

describe.each([
  ['in a user namespace of its own', {}],
  ["in the host's user namespace", usersOfHost],
])('a program in a container %s', (_, users) => {
  const launch = (changes: Parameters<typeof native.launch>[1] = {}, args = ['sleep', '1000']) =>
    native.launch(args, { ...changes, security: { ...users, ...changes.security } });

  /** A container that does nothing, while `act` acts. */
  async function inside<Result>(
    act: (running: Running) => Promise<Result>,
    changes: Parameters<typeof native.launch>[1] = {},
  ): Promise<Result> {
    const running = await launch(changes);
    try {
      return await act(running);
    } finally {
      running.handle.kill(9);
      await running.outcome();
    }
  }

  const sh = (
    script: string,
    ...rest: Parameters<typeof native.enter> extends [unknown, unknown, ...infer Rest] ? Rest : never
  ) => inside(async (running) => (await native.enter(running, ['sh', '-c', script], ...rest)).outcome());

  /** What a script says of pid 1 and then of itself, each with a line behind it. */
  const pairs = (stdout: string) => stdout.split('--\n');

  test('is in every namespace of it', async () => {
    const script = 'for p in 1 self; do for n in /proc/$p/ns/*; do readlink $n; done; echo --; done';
    const changes = { clocks: { monotonic: 1000, boottime: 2000 } };
    const { stdout } = await inside(
      async (running) => (await native.enter(running, ['sh', '-c', script])).outcome(),
      changes,
    );
    const [theirs, own] = pairs(stdout);
    expect(theirs?.split('\n').length).toBeGreaterThanOrEqual(9);
    expect(own).toBe(theirs);
  });

  test('is in every control group of it', async () => {
    await inside(async (running) => {
      const program = await native.enter(running, ['sleep', '1000']);
      const groups = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      expect(groups(program.handle.pid)).toBe(groups(running.handle.pid));
      expect(groups(program.handle.pid)).toContain(running.container.id);
      program.handle.kill(9);
      await program.outcome();
    });
    const { stdout } = await sh('cat /proc/self/cgroup');
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/:\/$/);
  });

  const status = 'grep -E "^(Cap|NoNew|Seccomp|Uid|Gid|Groups|Umask|Sig(Blk|Ign))" /proc/$p/status';

  test.each<[string, Parameters<typeof native.launch>[1]]>([
    ['by default', {}],
    ['without no_new_privs', { security: { noNewPrivileges: false } }],
    ['with other capabilities', { security: { capabilities: ['CAP_SYS_PTRACE', 'CAP_KILL'] } }],
    ['without a filter', { security: { seccomp: 'unconfined' } }],
    ['with limits', { resources: { rlimits: [{ name: 'nofile', soft: 100, hard: 200 }] } }],
    ['with a score', { resources: { oomScoreAdjust: 500 } }],
    ['with a umask', { process: { umask: 0o077 } }],
  ])('has the rights and limits that the container has %s', async (_, changes) => {
    const script = `for p in 1 self; do ${status}; cat /proc/$p/limits /proc/$p/oom_score_adj; echo --; done`;
    const { stdout } = await inside(
      async (running) => (await native.enter(running, ['sh', '-c', script])).outcome(),
      changes,
    );
    const [theirs, own] = pairs(stdout);
    expect(theirs).toContain(`Seccomp:\t${changes?.security?.seccomp === 'unconfined' ? 0 : 2}\n`);
    expect(own).toBe(theirs);
    expect(own).toMatch(/^CapInh:\t0+$/m);
    expect(own).toMatch(/^CapAmb:\t0+$/m);
  });

  test('is who it is to be, with exactly the groups and without capabilities', async () => {
    const identity = { uid: 1000, gid: 1000, groups: [29, 44], home: '/' };
    const script = 'id -u; id -g; id -G; grep -E "Cap(Prm|Eff)" /proc/self/status';
    expect((await sh(script, {}, { identity })).stdout).toBe(
      '1000\n1000\n1000 29 44\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n',
    );
  });

  test.each([2 ** 32, -1])('user %d is refused', async (uid) => {
    const identity = { uid, gid: 0, groups: [], home: '/' };
    await expect(sh('id', {}, { identity })).rejects.toMatchObject({ code: 'SC_USAGE' });
  });

  test('gets exactly the arguments and the environment that it is given', async () => {
    const environment = ['PATH=/bin', 'EMPTY=', 'SPACE=a b'];
    const running = await launch();
    const { stdout } = await (
      await native.enter(running, ['env', '-u', 'PWD'], {}, { environment })
    ).outcome();
    expect(stdout.trim().split('\n')).toEqual(environment);
    const strange = ['', ' ', '"', '$HOME', '\\', 'é', '\n'];
    const args = ['sh', '-c', 'printf "[%s]" "$@"', 'sh', ...strange];
    expect((await (await native.enter(running, args)).outcome()).stdout).toBe(
      strange.map((arg) => `[${arg}]`).join(''),
    );
    running.handle.kill(9);
    await running.outcome();
  });

  test('leads a session and a process group of its own, and its parent is nobody inside', async () => {
    // Fields 1 and 4 to 6 of proc_pid_stat(5): pid, ppid, pgrp, session.
    const { stdout } = await sh(
      'read pid name state ppid group session rest </proc/self/stat; echo $$ $ppid',
    );
    expect(stdout).toMatch(/^\d+ 0\n$/);
    const own = await sh('cut -d" " -f1,5,6 /proc/$$/stat; echo $$');
    const [numbers, pid] = own.stdout.trim().split('\n');
    expect(numbers).toBe(`${pid} ${pid} ${pid}`);
  });

  test('has only descriptors 0 to 2, whatever the caller has open', async () => {
    const opened = Array.from({ length: 16 }, () => openSync('/etc/passwd', 'r'));
    try {
      for (const fd of opened) inheritable(fd);
      const list = 'for fd in $(seq 0 200); do test -e /proc/$$/fd/$fd && echo $fd; done; true';
      expect((await sh(list)).stdout.trim().split('\n')).toEqual(['0', '1', '2']);
      const inherited = execFileSync('sh', ['-c', list], { encoding: 'utf8' }).trim().split('\n');
      expect(inherited).toEqual(expect.arrayContaining(opened.map(String)));
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  });

  test("its input is not the host's own null device where root inside could change that", async () => {
    const { stdout } = await sh('stat -L -c %d:%i /proc/self/fd/0 /dev/null; echo x >/dev/null');
    const [input, own] = stdout.trim().split('\n');
    if (users === usersOfHost) expect(input).toBe(own);
    else expect(input).not.toBe(own);
  });

  describe('working directory', () => {
    test('is the one that is asked for', async () => {
      mkdirSync(join(native.workshop.rootfs, 'work'));
      expect((await sh('pwd', { process: { cwd: '/work' } })).stdout).toBe('/work\n');
    });

    test('a link of the container that points out of it stays inside', async () => {
      symlinkSync('../../../../../../etc', join(native.workshop.rootfs, 'link'));
      expect((await sh('pwd -P', { process: { cwd: '/link' } })).stdout).toBe('/etc\n');
    });

    test.each([
      ['/nowhere', 'ENOENT'],
      ['/etc/passwd', 'ENOTDIR'],
      // Who looks for it is no process of the container yet.
      ['/proc/self/cwd', 'ENOENT'],
      ['/proc/1/root', 'ELOOP'],
    ])('"%s" is refused with %s, and named', async (cwd, errno) => {
      await expect(sh('pwd', { process: { cwd } })).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno,
        message: expect.stringContaining(`working directory "${cwd}"`),
      });
    });
  });

  describe('its end', () => {
    test.each([0, 3, 255])('code %i passes through', async (code) => {
      expect((await sh(`exit ${code}`)).exit).toEqual({ code, cause: 'exit' });
    });

    test('by a signal is 128+n', async () => {
      expect((await sh('kill -TERM $$')).exit).toEqual({ code: 143, signal: 'SIGTERM', cause: 'signal' });
    });

    test('comes with that of the container', async () => {
      const running = await launch();
      const program = await native.enter(running, ['sleep', '1000']);
      running.handle.kill(9);
      expect((await program.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
      expect((await running.outcome()).exit.code).toBe(137);
    });

    test('leaves the container running', async () => {
      await inside(async (running) => {
        await (await native.enter(running, ['sh', '-c', 'exit 1'])).outcome();
        expect(processIsAlive(processReference(running.handle.pid))).toBe(true);
      });
    });
  });

  test.each([
    ['nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
    ['/bin/nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
    ['/etc', 'SC_NOT_EXECUTABLE', 'EACCES'],
    ['/bin/empty', 'SC_NOT_EXECUTABLE', 'ENOEXEC'],
    ['', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
  ])('"%s" is %s by %s', async (program, code, errno) => {
    writeFileSync(join(native.workshop.rootfs, 'bin/empty'), 'nonsense', { mode: 0o755 });
    await inside((running) =>
      expect(native.enter(running, [program])).rejects.toMatchObject({ code, errno }),
    );
  });

  describe('signals', () => {
    test.each([15, 37])('%i reaches it', async (signal) => {
      await inside(async (running) => {
        const script = `trap "echo got it; exit 7" ${signal}; echo ready; while :; do sleep 0.05; done`;
        const output = openSync(join(native.workshop.directory, 'output'), 'w+');
        const stdio = { stdin: output, stdout: output, stderr: output };
        const program = await native.enter(running, ['sh', '-c', script], {}, { stdio });
        const said = () => readFileSync(join(native.workshop.directory, 'output'), 'utf8');
        await vi.waitFor(() => expect(said()).toBe('ready\n'), 30_000);
        if (signal < 32) program.handle.kill(signal);
        else {
          const stop = program.handle.relayRealTimeSignals();
          process.kill(process.pid, signal);
          await program.handle.wait();
          stop();
        }
        expect((await program.outcome()).exit).toEqual({ code: 7, cause: 'exit' });
        expect(said()).toBe('ready\ngot it\n');
        closeSync(output);
      });
    });

    test('SIGKILL takes along what is in its process group', async () => {
      await inside(async (running) => {
        const program = await native.enter(running, ['sh', '-c', 'sleep 1000 & sleep 1000 & wait']);
        const all = () => processesOf(running);
        await vi.waitFor(() => expect(all()).toHaveLength(4), 30_000);
        program.handle.kill(9);
        expect((await program.outcome()).exit.code).toBe(137);
        // Older kernels signal no group by a descriptor.
        const left = isAtLeast(kernelRelease(), '6.9') ? 1 : 3;
        await vi.waitFor(() => expect(all()).toHaveLength(left), 30_000);
      });
    });

    test('an abort kills it, also one that came before', async () => {
      await inside(async (running) => {
        const late = new AbortController();
        const program = await native.enter(running, ['sleep', '1000'], {}, { abort: late.signal });
        late.abort();
        expect((await program.outcome()).exit.code).toBe(137);
        const abort = AbortSignal.abort();
        await expect(native.enter(running, ['sleep', '1000'], {}, { abort })).rejects.toMatchObject({
          code: 'SC_START_FAILED',
          message: 'execute in "test": it was aborted before it had begun',
        });
      });
    });
  });

  describe('with a terminal', () => {
    const tty = { terminal: { tty: true } };

    /** What is seen on the terminal of a script, and what is typed. */
    async function onTerminal(script: string, act: (master: number, seen: () => string) => Promise<void>) {
      await inside(async (running) => {
        const windowSize = { rows: 30, columns: 100 };
        const identity = { uid: 1000, gid: 1000, groups: [], home: '/' };
        const program = await native.enter(running, ['sh', '-c', script], tty, { windowSize, identity });
        const master = program.handle.terminal ?? -1;
        const stream = new ReadStream(master);
        let seen = '';
        stream.on('data', (bytes) => {
          seen += bytes;
        });
        stream.on('error', () => {});
        await act(master, () => seen);
        await program.outcome();
        stream.destroy();
      });
    }

    test('it is one of the container, of its user, of the size that is asked for', async () => {
      const script =
        'test -t 0 && test -t 1 && test -t 2 && tty; stat -c "%u %g" $(tty); stty size; echo x >/dev/tty';
      await onTerminal(script, async (_, seen) => {
        await vi.waitFor(
          () => expect(seen()).toMatch(/^\/dev\/pts\/\d+\r\n1000 5\r\n30 100\r\nx\r\n$/),
          30_000,
        );
      });
    });

    test('it can be resized, and its keys are signals', async () => {
      const script = 'trap "stty size; exit 0" WINCH INT; echo ready; while :; do sleep 0.05; done';
      await onTerminal(script, async (master, seen) => {
        await vi.waitFor(() => expect(seen()).toContain('ready'), 30_000);
        setWindowSize(master, { rows: 40, columns: 120 });
        await vi.waitFor(() => expect(seen()).toContain('40 120'), 30_000);
      });
      await onTerminal(script, async (master, seen) => {
        await vi.waitFor(() => expect(seen()).toContain('ready'), 30_000);
        writeSync(master, '\x03');
        await vi.waitFor(() => expect(seen()).toContain('30 100'), 30_000);
      });
    });

    test('it is refused where the container has put something else in its place', async () => {
      const script =
        'mount -t tmpfs none /dev/pts && busybox mkfifo /dev/pts/ptmx && echo done >/tmp/done; sleep 1000';
      const security = { ...users, capabilities: [...defaultCapabilities, 'CAP_SYS_ADMIN'] };
      const running = await launch({ security }, ['sh', '-c', script]);
      await vi.waitFor(
        () => expect(readFileSync(`/proc/${running.handle.pid}/root/tmp/done`, 'utf8')).toBe('done\n'),
        30_000,
      );
      await expect(native.enter(running, ['tty'], tty)).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'ENODEV',
        message: expect.stringContaining('open a terminal'),
      });
      running.handle.kill(9);
      await running.outcome();
    });
  });

  test('a container that has ended is SC_WRONG_STATE', async () => {
    const running = await launch();
    const init = processReference(running.handle.pid);
    running.handle.kill(9);
    await running.outcome();
    const execution = native.enter(running, ['true'], {}, { init });
    await expect(execution).rejects.toMatchObject({ code: 'SC_WRONG_STATE' });
    // Another process has the number since.
    const other = { ...processReference(process.pid), startTime: init.startTime };
    await expect(native.enter(running, ['true'], {}, { init: other })).rejects.toMatchObject({
      code: 'SC_WRONG_STATE',
    });
  });

  test('a container that is about to end gives an end or an error, and keeps nothing', async () => {
    for (let round = 0; round < 25; round++) {
      const running = await launch();
      const execution = native.enter(running, ['sleep', '1000']).then(
        async (program) => (await program.outcome()).exit.code,
        (error: { code: string }) => error.code,
      );
      await sleep(round % 5);
      running.handle.kill(9);
      await running.outcome();
      expect([137, 'SC_WRONG_STATE', 'SC_START_FAILED']).toContain(await execution);
    }
  });

  test('at the limit of processes it is refused with what to do', async () => {
    const script = 'sleep 1000 & sleep 1000 & echo ready; wait';
    const running = await launch({ resources: { pids: 3 } }, ['sh', '-c', script]);
    await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
    await expect(native.enter(running, ['true'])).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'EAGAIN',
      hint: expect.stringContaining('limit of processes'),
    });
    running.handle.kill(9);
    await running.outcome();
  });

  describe('a profile of its own', () => {
    const without = (more: object) => ({
      security: {
        seccomp: {
          path: '/srv/profile.json',
          profile: JSON.stringify({
            defaultAction: 'SCMP_ACT_ALLOW',
            syscalls: [{ names: ['clone'], action: 'SCMP_ACT_ERRNO', ...more }],
          }),
        },
      },
    });

    test.each([
      ['forbids clone', { errnoRet: 1 }, 'EPERM'],
      ['pretends that clone was made', { errnoRet: 0 }, 'ENOSYS'],
    ])('that %s is an error', async (_, more, errno) => {
      await inside(
        (running) =>
          expect(native.enter(running, ['sleep', '1000'])).rejects.toMatchObject({
            code: 'SC_START_FAILED',
            errno,
            hint: expect.stringContaining('allow clone'),
          }),
        without(more),
      );
    });

    test('that kills who calls clone is an error', async () => {
      await inside(
        (running) =>
          expect(native.enter(running, ['sleep', '1000'])).rejects.toMatchObject({
            code: 'SC_START_FAILED',
            hint: expect.stringContaining('allow clone'),
          }),
        without({ action: 'SCMP_ACT_KILL_PROCESS' }),
      );
    });
  });

  test('300 in a row and 100 that are aborted leave no descriptor and no process', async () => {
    await inside(async (running) => {
      const once = async () => (await native.enter(running, ['true'])).outcome();
      await once();
      const before = { descriptors: descriptors(), processes: children() };
      for (let count = 0; count < 300; count++) expect((await once()).exit.code).toBe(0);
      for (let count = 0; count < 100; count++) {
        const abort = AbortSignal.timeout(count % 6);
        const execution = native.enter(running, ['sleep', '1000'], {}, { abort });
        const code = await execution.then(
          async (program) => (await program.outcome()).exit.code,
          (error: { code: string }) => error.code,
        );
        expect([137, 'SC_START_FAILED']).toContain(code);
      }
      await vi.waitFor(() => expect(processesOf(running)).toEqual([running.handle.pid]), 30_000);
      expect({ descriptors: descriptors(), processes: children() }).toEqual(before);
    });
  }, 600_000);

  describe('a caller that is killed with SIGKILL', () => {
    function startCaller(running: Running, detached = false) {
      const request = JSON.stringify({
        container: running.container,
        init: processReference(running.handle.pid),
        detached,
      });
      const script = join(import.meta.dirname, 'exec-caller.ts');
      return spawn(process.execPath, [script, native.workshop.directory, request], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    }

    test.each([0, 1, 2, 3, 5, 8, 20])('takes it along, %i ms into the start too', async (delay) => {
      await inside(async (running) => {
        const caller = startCaller(running);
        await once(caller.stdout, 'data');
        await sleep(delay);
        caller.kill('SIGKILL');
        await once(caller, 'exit');
        await vi.waitFor(() => expect(processesOf(running)).toEqual([running.handle.pid]), 30_000);
      });
    });

    test('leaves one that was released, which ends with the container', async () => {
      await inside(async (running) => {
        const caller = startCaller(running, true);
        await vi.waitFor(() => expect(processesOf(running)).toHaveLength(2), 30_000);
        let said = '';
        for await (const chunk of caller.stdout) {
          said += chunk;
          if (said.includes('released')) break;
        }
        caller.kill('SIGKILL');
        await once(caller, 'exit');
        await sleep(200);
        expect(processesOf(running)).toHaveLength(2);
      });
    });
  });

  test('dies with its keeper', async () => {
    await inside(async (running) => {
      const program = await native.enter(running, ['sleep', '1000']);
      process.kill(program.handle.keeperPid, 'SIGKILL');
      expect((await program.outcome()).exit).toEqual({ code: null, cause: 'unknown' });
      await vi.waitFor(() => expect(processesOf(running)).toEqual([running.handle.pid]), 30_000);
    });
  });
});

test("the null device of a container in the host's user namespace may be anything, and is looked at", async () => {
  const script = 'rm /dev/null; busybox mkfifo /dev/null; echo done >/tmp/done; sleep 1000';
  const running = await native.launch(['sh', '-c', script], { security: usersOfHost });
  const done = `/proc/${running.handle.pid}/root/tmp/done`;
  await vi.waitFor(() => expect(readFileSync(done, 'utf8')).toBe('done\n'), 30_000);
  await expect(native.enter(running, ['true'])).rejects.toMatchObject({
    code: 'SC_START_FAILED',
    errno: 'ENODEV',
    message: expect.stringContaining('null device'),
  });
  running.handle.kill(9);
  await running.outcome();
});

const processesOf = ({ handle }: Pick<Running, 'handle'>) => processesWith(handle.pid);

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function children(): string {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
}
