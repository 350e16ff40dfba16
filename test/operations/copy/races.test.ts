import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { dismissMonitor, eventually } from '../../support/command-line.ts';
import { unmount } from '../../support/mounted.ts';
import { makeCopying } from './support.ts';

const swap = `#define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  int main(int argc, char **argv) {
    for (;;) for (int i = 1; i + 1 < argc; i += 2)
      renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE);
  }`;

let cli: ReturnType<typeof makeCopying>;
/** In memory: what is copied is put on the disk, for which a thousand rounds would wait longer than for all else. */
const inMemory = () => [cli.root, join(cli.directory, 'memory')];
beforeAll(() => {
  cli = makeCopying();
  execFileSync('gcc', ['-static', '-w', '-x', 'c', '-', '-o', join(cli.directory, 'rootfs/bin/swap')], {
    input: swap,
  });
  for (const directory of inMemory()) {
    mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=700', 'tmpfs', directory]);
  }
});
afterEach(() => cli.deleteAll());
afterAll(async () => {
  await dismissMonitor(cli.root);
  for (const directory of inMemory()) await unmount(directory);
  await cli.remove();
});

/** All threads of this process are root's again. */
const credentials = () => /^Uid:.*\nGid:.*$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[0];

/** A container that swaps a directory for a link to one of the host, and a file in it for a link to a file there. */
async function swapping() {
  const outside = join(cli.directory, 'outside');
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, 'canary'), 'of the host');
  // The same path inside, so that a link to it leads to something there too.
  for (const directory of [join('rootfs', outside), 'rootfs/x/dir'].map((path) =>
    join(cli.directory, path),
  )) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'canary'), 'inside');
  }
  const link = (text: string, path: string) =>
    execFileSync('ln', ['-sfn', text, join(cli.directory, 'rootfs/x', path)]);
  link(outside, 'link');
  link(join(outside, 'canary'), 'dir/other');
  await cli.sc(
    'run',
    '-d',
    '--name',
    'swap',
    './rootfs',
    'swap',
    '/x/dir',
    '/x/link',
    '/x/dir/canary',
    '/x/dir/other',
  );
  const root = await cli.inside('swap');
  // From then on who goes by the path may be misled; what is written later may take the place of a link for good.
  const canary = () => attempt(() => readFileSync(join(root, 'x/dir/canary'), 'utf8'));
  await eventually(() => (canary() === 'of the host' ? true : undefined));
  return { outside };
}

const ROUNDS = Number(process.env.SC_COPY_ROUNDS ?? 1000);

test(`nothing of the host is read by way of links that are swapped, in ${ROUNDS} rounds`, async () => {
  await swapping();
  let found = 0;
  for (let round = 0; round < ROUNDS || found === 0; round++) {
    const sources = ['swap:/x/dir/canary', 'swap:/x', 'swap:/x/*/canary', 'swap:/x/dir/.'];
    const into = join(cli.directory, 'memory/got');
    await cli.copy(sources[round % 4] ?? '', 'memory/got', { followLink: round % 3 === 0 }).catch(isOfRace);
    const texts = attempt(() => textsIn(into)) ?? [];
    for (const text of texts) expect(text).not.toContain('of the host');
    if (texts.length > 0) found++;
    rmSync(into, { recursive: true, force: true });
  }
}, 600_000);

test(`nothing of the host is written by way of links that are swapped, in ${ROUNDS} rounds`, async () => {
  const { outside } = await swapping();
  const changed = () => {
    const { mtimeNs, ctimeNs } = statSync(outside, { bigint: true });
    return { mtimeNs, ctimeNs };
  };
  const before = changed();
  cli.write('payload', 'written');
  mkdirSync(join(cli.directory, 'tree/dir'), { recursive: true });
  writeFileSync(join(cli.directory, 'tree/dir/canary'), 'written');
  symlinkSync('anywhere', join(cli.directory, 'tree/dir/l'));
  execFileSync('mkfifo', [join(cli.directory, 'tree/dir/fifo')]);
  let written = 0;
  for (let round = 0; round < ROUNDS || written === 0; round++) {
    const [source, destination] = [
      ['payload', 'swap:/x/dir/canary'],
      ['payload', `swap:/x/dir/new${round}`],
      ['tree/.', 'swap:/x'],
      ['tree/dir', 'swap:/x'],
    ][round % 4] ?? ['', ''];
    const isDone = await cli
      .copy(source ?? '', destination ?? '', { archive: round % 3 === 0 })
      .then(() => true, isOfRace);
    if (isDone) written++;
  }
  expect(readdirSync(outside)).toEqual(['canary']);
  expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('of the host');
  expect(changed()).toEqual(before);
  expect(credentials()).toBe('Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0');
}, 600_000);

/** What is not there for a moment, or something else by then, is said so and never guessed. */
function isOfRace(error: unknown): false {
  expect(String(error)).toMatch(
    /no such file|no directory|40 links|a directory is there|mounted there|ENOENT|EISDIR|ELOOP|ENOTDIR|meanwhile|take the place|has to be a directory/,
  );
  return false;
}

function attempt<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** What files hold, of a file or below a directory; links are followed nowhere. */
function textsIn(path: string): string[] {
  const stats = lstatSync(path);
  if (stats.isFile()) return [readFileSync(path, 'utf8')];
  return stats.isDirectory() ? readdirSync(path).flatMap((name) => textsIn(join(path, name))) : [];
}
