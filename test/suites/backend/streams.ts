import { execFileSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipe } from '../../../src/linux/pipe.ts';
import type { Bench } from './bench.ts';

/** Standard streams that a program opens anew, by /dev/stdin, /dev/stdout and /dev/stderr. */
export function streamsSuite(bench: Bench): void {
  const { run } = bench;

  /** What a script says on a pipe, into which its input was written before. */
  async function throughPipes(script: string, uid: number): Promise<string> {
    const [input, output] = [pipe(), pipe()];
    const identity = { uid, gid: uid, groups: [], home: '/' };
    try {
      writeSync(input.write, 'input\n');
      closeSync(input.write);
      const stdio = { stdin: input.read, stdout: output.write, stderr: output.write };
      await run(['sh', '-c', script], {}, { identity, stdio });
      closeSync(output.write);
      return readFileSync(output.read, 'utf8');
    } finally {
      for (const fd of [input.read, output.read]) closeSync(fd);
    }
  }

  describe('standard streams that are pipes', () => {
    test.each([0, 1000])('can be opened anew by user %i, to whom they belong', async (uid) => {
      const script =
        'cat /dev/stdin; echo out >/dev/stdout; echo err >>/proc/self/fd/2; for f in 0 1 2; do stat -L -c %u:%g /dev/fd/$f; done';
      const owner = `${uid}:${uid}\n`;
      expect(await throughPipes(script, uid)).toBe(`input\nout\nerr\n${owner}${owner}${owner}`);
    });

    test('can be opened anew by whom the program becomes', async () => {
      const script = "busybox su -s /bin/sh user -c 'id -u >/dev/stdout'";
      expect(await throughPipes(script, 0)).toBe('1000\n');
    });

    test('can be opened anew by who made them', async () => {
      const output = pipe();
      try {
        await run(
          ['true'],
          {},
          {
            identity: { uid: 1000, gid: 1000, groups: [], home: '/' },
            stdio: { stdin: 0, stdout: output.write, stderr: output.write },
          },
        );
        const other = ['--reuid=7', '--regid=7', '--clear-groups'];
        const reader = ['sh', '-c', ': </proc/self/fd/0'];
        execFileSync('setpriv', [...other, ...reader], { stdio: [output.read, 'pipe', 'pipe'] });
      } finally {
        for (const fd of [output.read, output.write]) closeSync(fd);
      }
    });
  });

  describe('a stream that is the', () => {
    const make = {
      'regular file': (path: string) => openSync(path, 'w+'),
      FIFO: (path: string) => {
        execFileSync('mkfifo', [path]);
        return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      },
    };
    test.each(Object.entries(make))(
      "host's own %s stays as it is, also where that denies to open it",
      async (_, open) => {
        const stream = open(join(bench.workshop.directory, 'stream'));
        try {
          const before = fstatSync(stream);
          const { stderr } = await run(
            ['sh', '-c', 'echo x >/dev/stdout'],
            {},
            {
              identity: { uid: 1000, gid: 1000, groups: [], home: '/' },
              stdio: { stdin: 0, stdout: stream, stderr: stream },
            },
          );
          expect(stderr).toBe('');
          const { uid, gid, mode } = fstatSync(stream);
          expect({ uid, gid, mode }).toEqual({ uid: before.uid, gid: before.gid, mode: before.mode });
          const again = openSync(`/proc/self/fd/${stream}`, constants.O_RDONLY | constants.O_NONBLOCK);
          const said = Buffer.alloc(100);
          readSync(again, said);
          closeSync(again);
          expect(said.toString()).toContain('Permission denied');
        } finally {
          closeSync(stream);
        }
      },
    );
  });
}
