import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { effectiveCapabilities } from '../../../src/linux/kernel.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

/** Where a container finds the file of a limit, by its name in each version; the host may have either. */
const insideOf = (v1: string, v2: string) =>
  `cat $(find /sys/fs/cgroup -name ${v1} -o -name ${v2} | grep -v unified || find /sys/fs/cgroup -name ${v2})`;

/** Burns so many milliseconds, when there is such a file, and prints how many it had a processor for. */
const burn = `#include <stdio.h>
  #include <stdlib.h>
  #include <time.h>
  #include <unistd.h>
  static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
  }
  int main(int argc, char **argv) {
    while (access(argv[2], F_OK)) usleep(1000);
    double before = now(CLOCK_PROCESS_CPUTIME_ID), end = now(CLOCK_MONOTONIC) + atof(argv[1]);
    while (now(CLOCK_MONOTONIC) < end);
    printf("%.0f\\n", now(CLOCK_PROCESS_CPUTIME_ID) - before);
  }`;

const online = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
const lastProcessor = online.split(/[-,]/).at(-1) ?? '0';

describe('processors', () => {
  test('give no more time than the quota', async () => {
    native.install('burn', burn);
    const { stdout } = await sh(`burn 2000 /; ${insideOf('cpu.stat', 'cpu.stat')}`, {
      resources: { cpus: 0.1 },
    });
    // A tenth, and a period more at the beginning.
    expect(Number(stdout.split('\n')[0])).toBeLessThan(400);
    expect(Number(/nr_throttled (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(5);
  });

  test('are shared by weight among those that want them', async () => {
    native.install('burn', burn);
    const source = join(native.workshop.directory, 'shared');
    mkdirSync(source);
    const mounts = [{ type: 'bind' as const, source, target: '/shared', readOnly: true }];
    const launched = await Promise.all(
      [100, 900].map((cpuWeight) => {
        const resources = { cpuset: { cpus: lastProcessor }, cpuWeight };
        return launch(['burn', '3000', '/shared/now'], { resources, mounts });
      }),
    );
    writeFileSync(join(source, 'now'), '');
    const [light, heavy] = await Promise.all(launched.map((running) => running.outcome()));
    expect(Number(heavy?.stdout) / Number(light?.stdout)).toBeGreaterThan(3);
  });

  test('are those of the set, and memory is of its nodes', async () => {
    const cpuset = { cpus: lastProcessor, memoryNodes: '0' };
    const { stdout } = await sh('grep _allowed_list /proc/self/status; nproc', {
      resources: { cpuset },
    });
    expect(stdout).toContain(`Cpus_allowed_list:\t${lastProcessor}\n`);
    expect(stdout).toContain('Mems_allowed_list:\t0\n');
    expect(stdout).toMatch(/\n1\n$/);
  });

  test('of which none are named are all, where only memory nodes are', async () => {
    const { stdout } = await sh('grep Cpus_allowed_list /proc/self/status', {
      resources: { cpuset: { memoryNodes: '0' } },
    });
    expect(stdout).toBe(`Cpus_allowed_list:\t${online}\n`);
  });
});

describe('memory', () => {
  test('that is reserved is written down', async () => {
    const { stdout } = await sh(insideOf('memory.soft_limit_in_bytes', 'memory.low'), {
      resources: { memoryReservation: 32 << 20 },
    });
    expect(stdout).toBe(`${32 << 20}\n`);
  });

  test('of /dev/shm ends at its size', async () => {
    const { stdout, stderr } = await sh('dd if=/dev/zero of=/dev/shm/a bs=64k count=32; wc -c </dev/shm/a', {
      resources: { shm: 1 << 20 },
    });
    expect(stderr).toContain('No space left on device');
    expect(stdout).toBe(`${1 << 20}\n`);
  });

  test('that ran out in a child is not why sc had the container killed', async () => {
    const script = 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo $?; exec sleep 1000';
    const running = await launch(['sh', '-c', script], { resources: { memory: 16 << 20 } });
    while (!running.stdout().includes('137')) await setTimeout(10);
    running.handle.kill(9);
    expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });
});

describe('the score for want of memory', () => {
  const own = readFileSync('/proc/self/oom_score_adj', 'utf8').trim();

  test("is the container's alone", async () => {
    const running = await launch(['sh', '-c', 'cat /proc/self/oom_score_adj; exec sleep 1000'], {
      resources: { oomScoreAdjust: 700 },
    });
    while (running.stdout() === '') await setTimeout(10);
    expect(running.stdout()).toBe('700\n');
    expect(readFileSync(`/proc/${running.handle.keeperPid}/oom_score_adj`, 'utf8').trim()).toBe(own);
    running.handle.kill(9);
    await running.outcome();
  });

  test("is the caller's without a word", async () => {
    expect((await sh('cat /proc/self/oom_score_adj')).stdout.trim()).toBe(own);
  });

  test('is lowered only by who may', async () => {
    const resources = { oomScoreAdjust: Number(own) - 1 };
    const isAllowed = (effectiveCapabilities() & (1n << 24n)) !== 0n;
    const started = run(['cat', '/proc/self/oom_score_adj'], { resources }).catch(String);
    if (isAllowed) expect(await started).toMatchObject({ stdout: `${Number(own) - 1}\n` });
    else expect(await started).toContain(`${Number(own) - 1} is less than the ${own} of who starts sc`);
  });
});

describe('what this host does not have', () => {
  const refusals = (resources: Parameters<typeof spec>[1] & object) =>
    native.backend.unsupported(spec(['true'], resources)).map(({ path }) => path);

  test('is refused by its path before anything is made', async () => {
    const resources = {
      cpus: 8192,
      cpuset: { cpus: '0-8191', memoryNodes: '1023' },
      hugetlb: [{ pageSize: 4096, limit: 4096 }],
      io: {
        devices: [
          { path: '/dev/null', readRate: 1 },
          { path: '/nonexistent', readRate: 1 },
        ],
      },
    };
    expect(refusals({ resources })).toEqual([
      'resources.cpus',
      'resources.cpuset.cpus',
      'resources.cpuset.memoryNodes',
      'resources.io.devices[0].path',
      'resources.io.devices[1].path',
      'resources.hugetlb.4Ki',
    ]);
    await expect(run(['true'], { resources })).rejects.toMatchObject({
      code: 'SC_HOST_UNFIT',
      message: 'resources.cpus: 8192 processors are more than this host has',
    });
  });
});

test('groups of every controller are removed when the keeper could not', async () => {
  const container = spec(['sleep', '1000'], {});
  const running = await launch(['sleep', '1000'], {
    id: container.id,
    resources: { cpus: 0.5, cpuset: { cpus: lastProcessor } },
  });
  const ours = () =>
    readHostCgroups().hierarchies.filter(({ path }) =>
      readdirSync(path).includes('sc-test') ? readdirSync(`${path}/sc-test`).includes(container.id) : false,
    );
  expect(ours().length).toBeGreaterThan(0);
  process.kill(running.handle.keeperPid, 'SIGKILL');
  await running.outcome();
  await native.backend.cleanUp(container.id);
  expect(ours()).toEqual([]);
});
