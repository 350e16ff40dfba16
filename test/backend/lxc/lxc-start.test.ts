import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { groupsOfProcess } from '../../../src/linux/cgroup/membership.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { enter, spec } from '../../support/containers.ts';
import { useLxc } from './harness.ts';

const lxc = useLxc();

/** The process that has made init, and waits for it. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Whether it has ended, and also where pid 1 of this host has not come to reaping it yet. */
function processIsGone(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** A program in the place of lxc-start. */
function pretended(script: string): string {
  const path = join(lxc.workshop.directory, 'lxc-start');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('lxc-start', () => {
  test('has made the container, and its tools know it', async () => {
    const { container, handle, outcome } = await lxc.launch(['sleep', '1000']);
    const { pid, keeperPid } = handle;
    expect(readFileSync(`/proc/${parentOf(pid)}/comm`, 'utf8')).toBe('lxc-start\n');
    expect(parentOf(parentOf(pid))).toBe(keeperPid);
    const path = '/run/lxc';
    const info = execFileSync('lxc-info', ['-P', path, '-n', container.id], { encoding: 'utf8' });
    expect(info).toMatch(/^State:\s+RUNNING$/m);
    expect(info).toMatch(new RegExp(`^PID:\\s+${pid}$`, 'm'));
    handle.kill(9);
    await outcome();
    // Those of lxc-info itself: lxc leaves a place for locks of each path that anybody has asked for.
    rmSync(`/run/lxc/lock/run/lxc/.${container.id}`, { force: true });
    execFileSync('rmdir', ['-p', '--ignore-fail-on-non-empty', '/run/lxc/lock/run/lxc']);
  });

  test('has nothing of the container open, so that a pipe breaks when the program closes it', async () => {
    const { handle, outcome } = await lxc.launch(['sleep', '1000']);
    const of = (pid: number) => {
      const directory = `/proc/${pid}/fd`;
      return readdirSync(directory).map((fd) =>
        execFileSync('readlink', [join(directory, fd)], { encoding: 'utf8' }).trim(),
      );
    };
    const [inside, outside] = [of(handle.pid), of(parentOf(handle.pid))];
    expect(inside.filter((file) => file.includes('/stdout'))).toHaveLength(1);
    expect(outside.filter((file) => file.includes('/stdout') || file.includes('/stderr'))).toEqual([]);
    handle.kill(9);
    await outcome();
  });

  test('leaves no file of a lock', async () => {
    const { container, outcome } = await lxc.launch(['true']);
    await outcome();
    const { id } = container;
    expect(execFileSync('find', ['/run/lxc', '-name', `*${id}*`], { encoding: 'utf8' })).toBe('');
  });

  test('killed, it takes the container along, whose end is known all the same', async () => {
    const { handle, outcome } = await lxc.launch(['sleep', '1000']);
    process.kill(parentOf(handle.pid), 'SIGKILL');
    expect((await outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });

  test('standing still when the container ends, it is killed, and the end is known', async () => {
    const script = 'until test -e /go; do sleep 0.02; done; exit 7';
    const { handle, outcome } = await lxc.launch(['sh', '-c', script], {}, { patience: 300 });
    process.kill(parentOf(handle.pid), 'SIGSTOP');
    writeFileSync(`/proc/${handle.pid}/root/go`, '');
    expect((await outcome()).exit).toEqual({ code: 7, cause: 'exit' });
  });

  test('that does not make the container is killed, and with it whom it has started', async () => {
    const program = pretended(`sleep 1000 & echo $! >${lxc.workshop.directory}/pid; wait`);
    await expect(lxc.run(['true'], {}, { program, patience: 300 })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'ETIMEDOUT',
      message: expect.stringContaining('in 0.3 s'),
      hint: expect.stringContaining('--backend native'),
    });
    const pid = Number(readFileSync(join(lxc.workshop.directory, 'pid'), 'utf8'));
    await vi.waitFor(() => expect(processIsGone(pid)).toBe(true), 30_000);
  });

  test('that fails says why', async () => {
    const said = 'lxc-start: x: ../src/lxc/start.c: lxc_init: 899 Failed to initialize cgroup driver';
    const program = pretended(`echo "${said}" >&2; exit 1`);
    await expect(lxc.run(['true'], {}, { program })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message:
        'wait for the first process of the container: lxc-start has ended without one: Failed to initialize cgroup driver',
      hint: expect.stringContaining('version 5'),
    });
  });

  test('that fails when it has begun to make the container says why at once, and its hook waits for nobody', async () => {
    const failing = lxc.run(['true'], { resources: { pids: -5 } }, { patience: 10_000 });
    await expect(failing).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringMatching(/lxc-start has ended without one: .*Failed to set "pids.max" to "-5"/),
    });
  });

  test('that is killed on its way is told at once, whoever of it is still there', async () => {
    const pid = join(lxc.workshop.directory, 'pid');
    const program = pretended(`sleep 1000 & echo $! >${pid}; kill -9 $$`);
    await expect(lxc.run(['true'], {}, { program, patience: 10_000 })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringContaining('lxc-start has ended without one'),
    });
    const child = Number(readFileSync(pid, 'utf8'));
    await vi.waitFor(() => expect(processIsGone(child)).toBe(true), 30_000);
  });

  test.each(['nosuch-lxc-start', '/nonexistent/lxc-start'])(
    'that is not there, as "%s", is refused',
    async (program) => {
      await expect(lxc.run(['true'], {}, { program })).rejects.toMatchObject({
        code: 'SC_HOST_UNFIT',
        message: `start the container: this host has no ${program}`,
        hint: expect.stringContaining('install lxc'),
      });
    },
  );

  test('that cannot be executed is refused', async () => {
    const program = pretended('');
    writeFileSync(program, 'nonsense', { mode: 0o755 });
    await expect(lxc.run(['true'], {}, { program })).rejects.toMatchObject({
      code: 'SC_HOST_UNFIT',
      errno: 'ENOEXEC',
    });
  });

  test('goes when the keeper is killed, and the rest can be cleaned up', async () => {
    const { container, handle, outcome } = await lxc.launch(['sleep', '1000']);
    const monitor = parentOf(handle.pid);
    process.kill(handle.keeperPid, 'SIGKILL');
    expect((await outcome()).exit).toEqual({ code: null, cause: 'unknown' });
    await vi.waitFor(() => {
      for (const pid of [handle.pid, monitor]) expect(processIsGone(pid)).toBe(true);
    }, 30_000);
    await lxc.backend().cleanUp(container.id);
  });
});

describe('on a kernel that does not tell how init has ended, a small init does', () => {
  const tellsEnds = false;
  const sh = (script: string, changes: Parameters<typeof spec>[1] = {}) =>
    lxc.run(['sh', '-c', script], changes, { tellsEnds });

  test.each([0, 3, 128, 137, 255])('code %i', async (code) => {
    expect((await sh(`exit ${code}`)).exit).toEqual({ code, cause: 'exit' });
  });

  test('that a signal has ended the program, and which', async () => {
    expect((await sh('kill -11 $$')).exit).toEqual({ code: 139, signal: 'SIGSEGV', cause: 'signal' });
  });

  test('that the program was out of memory', async () => {
    const args = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
    const { exit } = await lxc.run(args, { resources: { memory: 16 << 20 } }, { tellsEnds });
    expect(exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
  });

  test('and one that was killed itself was so by whom is known', async () => {
    const { handle, outcome } = await lxc.launch(['sleep', '1000'], {}, { tellsEnds });
    handle.kill(9);
    expect((await outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });

  test('what cannot be executed is told too', async () => {
    await expect(lxc.run(['nosuch'], {}, { tellsEnds })).rejects.toMatchObject({
      code: 'SC_PROGRAM_NOT_FOUND',
    });
  });

  test('which is said before', () => {
    const remarks = (tells: boolean) =>
      lxc
        .backend({ tellsEnds: tells })
        .remarks(spec(['true']))
        .map(({ path }) => path);
    expect(remarks(false)).toContain('monitor.init');
    expect(remarks(true)).not.toContain('monitor.init');
  });
});

describe('the control groups that lxc-start makes', () => {
  /** What a file of one of them says, in the version that this host has. */
  const read = (pid: number, id: string, ...files: string[]) =>
    groupsOfProcess(pid, id)
      .flatMap(({ path }) => files.map((file) => join(path, file)))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8').trim());

  test.each([
    ['of its own', evenMaps({ inside: 0, host: 524288, size: 65536 })],
    ['of the host', undefined],
  ])('have the limits, and those can be changed, with users %s', async (_, userNamespace) => {
    const recordDirectory = join(lxc.workshop.directory, 'record');
    mkdirSync(recordDirectory);
    const resources = { memory: 64 << 20, pids: 7, cpus: 0.5, cpuset: { cpus: '0' }, oomScoreAdjust: 500 };
    const changes = { resources, security: { userNamespace } };
    const { container, handle, outcome } = await lxc.launch(['sleep', '1000'], changes);
    const { pid } = handle;
    const memory = () => read(pid, container.id, 'memory.limit_in_bytes', 'memory.max');
    expect(memory()).toEqual([String(64 << 20)]);
    expect(read(pid, container.id, 'pids.max')).toEqual(['7']);
    expect(read(pid, container.id, 'cpu.cfs_quota_us', 'cpu.max')[0]).toMatch(/^50000/);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Cpus_allowed_list:\t0$/m);
    const score = (process: number) => readFileSync(`/proc/${process}/oom_score_adj`, 'utf8').trim();
    expect(score(pid)).toBe('500');
    expect(score(parentOf(pid))).not.toBe('500');
    const before = container.resources;
    const after = { ...before, memory: 128 << 20 };
    await lxc.backend().update({ id: container.id, pid }, { before, after, recordDirectory });
    expect(memory()).toEqual([String(128 << 20)]);
    handle.kill(9);
    await outcome();
  });

  test('have those limits too that lxc passes over beside trees of v1, or the container does not start', async () => {
    const resources = { hugetlb: [{ pageSize: 2 << 20, limit: 4 << 20 }] };
    const args = [
      'sh',
      '-c',
      'cat $(find /sys/fs/cgroup -name "hugetlb.2MB.max" -o -name "hugetlb.2MB.limit*")',
    ];
    const seen = await lxc.run(args, { resources }).then(({ stdout }) => stdout, String);
    expect(seen).toMatch(/^(4194304\n|ScError: set \S+ to (\+hugetlb|4194304): E[A-Z]+ \(step \d+\))$/);
  });

  test('tell what is used, and let it stand still, killed or not', async () => {
    const { pause, resume, isPaused, usage, processes } = lxc.backend();
    const { container, handle, outcome } = await lxc.launch(['sleep', '1000']);
    const live = { id: container.id, pid: handle.pid };
    expect(processes(live)).toEqual([handle.pid]);
    expect(usage(live)?.memory).toBeGreaterThan(0);
    await pause(live);
    expect(isPaused(live)).toBe(true);
    await resume(live);
    expect(isPaused(live)).toBe(false);
    await pause(live);
    handle.kill(9);
    expect((await outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });

  test('stay those of the host, whoever its users are', async () => {
    const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
    const { container, handle, outcome } = await lxc.launch(['sleep', '1000'], { security });
    const owners = groupsOfProcess(handle.pid, container.id).flatMap(({ path }) =>
      [path, join(path, 'cgroup.procs')].map((file) => statSync(file).uid),
    );
    expect(owners.length).toBeGreaterThan(1);
    expect(new Set(owners)).toEqual(new Set([0]));
    handle.kill(9);
    await outcome();
  });

  test('let nobody use a device that is not granted', async () => {
    const script = 'mknod -m 666 /dev/kmsg c 1 11; cat /dev/kmsg';
    const security = { capabilities: [...spec([]).security.capabilities, 'CAP_MKNOD' as const] };
    const { stderr, exit } = await lxc.run(['sh', '-c', script], { security });
    expect(stderr).toContain('Operation not permitted');
    expect(exit.code).toBe(1);
  });
});

test('a program that is executed in the container is in all of its namespaces and groups', async () => {
  const running = await lxc.launch(['sleep', '1000']);
  const of = (pid: number | string) =>
    ['pid', 'mnt', 'uts', 'ipc', 'net', 'cgroup'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  const entered = await enter(lxc.backend(), lxc.workshop, running, ['sleep', '1000']);
  expect(of(entered.handle.pid)).toEqual(of(running.handle.pid));
  expect(readFileSync(`/proc/${entered.handle.pid}/cgroup`)).toEqual(
    readFileSync(`/proc/${running.handle.pid}/cgroup`),
  );
  running.handle.kill(9);
  await running.outcome();
  expect((await entered.outcome()).exit.code).toBe(137);
});
