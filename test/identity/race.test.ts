import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveIdentity } from '../../src/identity/resolve.ts';

const swap = `#define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  int main(int argc, char **argv) {
    for (;;) for (int i = 1; i + 1 < argc; i += 2)
      renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE);
  }`;

test('files that somebody swaps with links to those of the host name nobody of the host, in 500 rounds', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-identity-'));
  const [root, outside, program] = ['root', 'outside', 'swap'].map((name) => join(directory, name));
  if (root === undefined || outside === undefined || program === undefined) throw new Error('no paths');
  for (const [path, uid] of [
    [join(root, 'etc'), 1000],
    [outside, 0],
  ] as const) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'passwd'), `web:x:${uid}:${uid}::/:\n`);
    writeFileSync(join(path, 'group'), `web:x:${uid}:web\n`);
  }
  symlinkSync(outside, join(root, 'link'));
  symlinkSync(join(outside, 'passwd'), join(root, 'etc/passwd.link'));
  execFileSync('gcc', ['-static', '-w', '-x', 'c', '-', '-o', program], { input: swap });
  const pairs = [
    join(root, 'etc'),
    join(root, 'link'),
    join(root, 'etc/passwd'),
    join(root, 'etc/passwd.link'),
  ];
  const swapping = spawn(program, pairs);
  try {
    const naive = () => readFileSync(join(root, 'etc/passwd'), 'utf8').includes('web:x:0:');
    let [isMisled, found] = [false, 0];
    for (let round = 0; round < 500 || !isMisled || found === 0; round++) {
      isMisled ||= attempt(naive) === true;
      const identity = attempt(() => resolveIdentity('web', [root]));
      if (identity === undefined) continue;
      expect(identity).toEqual({ uid: 1000, gid: 1000, groups: [], home: '/' });
      found++;
    }
  } finally {
    swapping.kill('SIGKILL');
    await once(swapping, 'exit');
    rmSync(directory, { recursive: true });
  }
});

/** What is not there for a moment is no answer. */
function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    expect(String(error)).toMatch(/no such (line|file)|ENOENT|ELOOP|40 links|it is a link that has/);
    return undefined;
  }
}
