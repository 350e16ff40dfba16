import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

const DAY = 86_400_000;

/** Clocks of a container's own. */
export function clocksSuite(bench: Bench): void {
  const { launch, needs, run, sh } = bench;
  const testOwn = needs({ 'namespaces.time': 'private' });
  const own = readlinkSync('/proc/self/ns/time');

  describe('clocks', () => {
    test('are those of the machine where nothing else is said', async () => {
      expect((await run(['readlink', '/proc/self/ns/time'])).stdout).toBe(`${own}\n`);
    });

    testOwn('of its own go with those of the machine where there is no offset', async () => {
      const script = 'readlink /proc/self/ns/time; cut -d. -f1 /proc/uptime';
      const { stdout } = await sh(script, { clocks: { monotonic: 0, boottime: 0 } });
      const [namespace, seconds] = stdout.trim().split('\n');
      expect(namespace).toMatch(/^time:\[\d+\]$/);
      expect(namespace).not.toBe(own);
      expect(Math.abs(Number(seconds) - uptime())).toBeLessThan(30);
    });

    testOwn.each([
      [DAY, 2 * DAY],
      [-1500, -2500],
    ])('of its own are off by %i and %i ms, by the vDSO and by the kernel', async (monotonic, boottime) => {
      const program = join(bench.workshop.rootfs, 'bin/clocks');
      const source = `#include <stdio.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>
        int main() {
          int clocks[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
          for (int i = 0; i < 4; i++) {
            struct timespec now;
            if (i < 2) clock_gettime(clocks[i], &now);
            else syscall(SYS_clock_gettime, clocks[i], &now);
            printf("%lld\\n", now.tv_sec * 1000LL + now.tv_nsec / 1000000);
          }
        }`;
      execFileSync('gcc', ['-static', '-w', '-x', 'c', '-', '-o', program], { input: source });
      const read = (text: string) => text.trim().split('\n').map(Number);
      const before = read(execFileSync(program, { encoding: 'utf8' }));
      const inside = read((await run(['clocks'], { clocks: { monotonic, boottime } })).stdout);
      const after = read(execFileSync(program, { encoding: 'utf8' }));
      inside.forEach((time, index) => {
        const offset = index % 2 === 0 ? monotonic : boottime;
        expect(time - offset).toBeGreaterThanOrEqual(before[index] ?? Number.NaN);
        expect(time - offset).toBeLessThanOrEqual(after[index] ?? Number.NaN);
      });
    });

    testOwn('of its own cannot be set by the container', async () => {
      const { stderr } = await sh('echo "monotonic 5 0" >/proc/self/timens_offsets', {
        clocks: { monotonic: DAY, boottime: DAY },
      });
      expect(stderr).toMatch(/Permission denied|Read-only|not permitted|nonexistent/);
    });

    testOwn('that would be below zero are refused, with what to do', async () => {
      const started = run(['true'], { clocks: { monotonic: -1000 * DAY * 365, boottime: 0 } });
      await expect(started).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'ERANGE',
        hint: expect.stringContaining('offsets'),
      });
    });

    testOwn('of its own are not those of who waits for it and cleans up after it', async () => {
      const running = await launch(['sleep', '1000'], { clocks: { monotonic: DAY, boottime: DAY } });
      const { pid, keeperPid } = running.handle;
      const namespaces = ['time', 'time_for_children'].map((name) =>
        readlinkSync(`/proc/${keeperPid}/ns/${name}`),
      );
      const inside = readlinkSync(`/proc/${pid}/ns/time`);
      running.handle.kill(9);
      await running.outcome();
      expect(namespaces).toEqual([own, own]);
      expect(inside).not.toBe(own);
    });
  });
}
