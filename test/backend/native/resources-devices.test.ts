import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { thisHost } from '../../../src/linux/cgroup/look.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { run, sh } = native;

/** Writes so many blocks of 64 KiB past the page cache, and prints how many milliseconds it took. */
const direct = `#define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <time.h>
  #include <unistd.h>
  static double now() {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
  }
  int main(int argc, char **argv) {
    void *block;
    posix_memalign(&block, 4096, 65536);
    int file = open(argv[1], O_RDWR | O_CREAT | O_DIRECT, 0600);
    double begin = now();
    for (int i = 0; i < atoi(argv[2]); i++)
      if (pwrite(file, block, 65536, i * 65536L) != 65536) return 1;
    printf("%.0f\\n", now() - begin);
  }`;

/** The disk that holds a directory: a partition of it cannot be limited alone. */
function diskOf(directory: string): string {
  const { dev } = statSync(directory);
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
  const place = `/sys/dev/block/${major}:${minor}`;
  const isPartition = readdirSync(place).includes('partition');
  const name = /^DEVNAME=(.*)$/m.exec(
    readFileSync(`${place}/${isPartition ? '../' : ''}uevent`, 'utf8'),
  )?.[1];
  return `/dev/${name}`;
}

describe('a disk', () => {
  const write = async (blocks: number, limits: object) => {
    native.install('direct', direct);
    const source = join(native.workshop.directory, 'data');
    mkdirSync(source, { recursive: true });
    const { stdout, exit } = await run(['direct', '/data/file', String(blocks)], {
      resources: { io: { devices: [{ path: diskOf(source), ...limits }] } },
      mounts: [{ type: 'bind', source, target: '/data', readOnly: false }],
    });
    expect(exit.code).toBe(0);
    return Number(stdout);
  };

  test('takes no more bytes in a second than allowed', async () => {
    // 2 MiB at 1 MiB a second; the first slice of time is for nothing.
    expect(await write(32, { writeRate: 1 << 20 })).toBeGreaterThan(1500);
  });

  test('takes no more writes in a second than allowed', async () => {
    // One for each block at least, and those that the filesystem makes of it.
    expect(await write(32, { writeOperations: 32 })).toBeGreaterThan(700);
  }, 60_000);

  test('without a limit of writes is not slowed by one of reads', async () => {
    expect(await write(32, { readRate: 64 << 10 })).toBeLessThan(15_000);
  });

  test('shares its time by weight where its scheduler does, and else the weight is refused', async () => {
    const loop = readdirSync('/sys/block').find(
      (name) => /^loop\d/.test(name) && thisHost.read(`/sys/block/${name}/queue/scheduler`)?.includes('bfq'),
    );
    const refused = (path: string) =>
      native.backend
        .unsupported(spec(['true'], { resources: { io: { devices: [{ path, weight: 300 }] } } }))
        .map(({ reason }) => reason);
    const disk = diskOf(native.workshop.directory);
    if (!thisHost.read(`/sys/block/${disk.slice(5)}/queue/scheduler`)?.includes('[bfq]'))
      expect(refused(disk)).toEqual(['this disk does not share its time by weight']);
    if (loop === undefined) return;

    const scheduler = `/sys/block/${loop}/queue/scheduler`;
    const before = /\[(.*)\]/.exec(readFileSync(scheduler, 'utf8'))?.[1] ?? 'none';
    writeFileSync(scheduler, 'bfq');
    try {
      const io = { weight: 200, devices: [{ path: `/dev/${loop}`, weight: 300 }] };
      const { stdout } = await sh(
        "cat $(find /sys/fs/cgroup -name 'blkio.bfq.weight*' -o -name io.bfq.weight)",
        { resources: { io } },
      );
      const number = readFileSync(`/sys/block/${loop}/dev`, 'utf8').trim();
      expect(stdout).toContain('200');
      expect(stdout).toContain(`${number} 300`);
      expect(refused(`/dev/${loop}`)).toEqual([]);
    } finally {
      writeFileSync(scheduler, before);
    }
  });
});

describe('huge pages', () => {
  const pages = '/sys/kernel/mm/hugepages/hugepages-2048kB';
  const pool = `${pages}/nr_hugepages`;
  const pageSize = 2 << 20;

  /** With a few in the pool, or the kernel would refuse without a limit. */
  async function withPages(act: () => Promise<void>): Promise<void> {
    const before = readFileSync(pool, 'utf8');
    try {
      // The kernel makes as many as it finds room for, which may lie in pieces.
      for (
        let tries = 0;
        tries < 50 && Number(readFileSync(`${pages}/free_hugepages`, 'utf8')) < 3;
        tries++
      ) {
        writeFileSync('/proc/sys/vm/compact_memory', '1');
        writeFileSync(pool, String(Number(before) + 3));
      }
      await act();
    } finally {
      writeFileSync(pool, before);
    }
  }

  test('are refused to mmap(2) beyond the limit', async () => {
    native.install(
      'huge',
      `#define _GNU_SOURCE
      #include <stdio.h>
      #include <string.h>
      #include <sys/mman.h>
      int main() {
        for (int i = 0; i < 3; i++) {
          char *page = mmap(0, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
          if (page == MAP_FAILED) return perror("mmap"), i;
          memset(page, 1, 2 << 20);
        }
        return 3;
      }`,
    );
    await withPages(async () => {
      const had = async (limit: number) =>
        (await run(['huge'], { resources: { hugetlb: [{ pageSize, limit }] } })).exit.code;
      expect(await had(pageSize)).toBe(1);
      expect(await had(2 * pageSize)).toBe(2);
      expect(await had(3 * pageSize)).toBe(3);
    });
  });
});
