import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../../../src/linux/remove-tree.ts';
import { makeCopying } from './support.ts';

const swap = `#define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  int main(int argc, char **argv) {
    for (;;) for (int i = 1; i + 1 < argc; i += 2)
      renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE);
  }`;

let cli: ReturnType<typeof makeCopying>;
beforeAll(() => {
  cli = makeCopying();
  execFileSync('gcc', ['-static', '-w', '-x', 'c', '-', '-o', join(cli.directory, 'rootfs/bin/swap')], {
    input: swap,
  });
});
afterEach(() => cli.deleteAll());
afterAll(() => cli.remove());

const names = (path: string) => readdirSync(join(cli.directory, path)).sort();
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
  return { outside, root: await cli.inside('swap') };
}

const ROUNDS = Number(process.env.SC_COPY_ROUNDS ?? 200);

test(`nothing of the host is read by way of links that are swapped, in ${ROUNDS} rounds`, async () => {
  const { root } = await swapping();
  let [isMisled, found] = [false, 0];
  for (let round = 0; round < ROUNDS || !isMisled || found === 0; round++) {
    isMisled ||= attempt(() => readFileSync(join(root, 'x/dir/canary'), 'utf8')) === 'of the host';
    const sources = ['swap:/x/dir/canary', 'swap:/x', 'swap:/x/*/canary', 'swap:/x/dir/.'];
    const into = join(cli.directory, 'got');
    await cli.copy(sources[round % 4] ?? '', 'got', { followLink: round % 3 === 0 }).catch(isOfRace);
    const find = ['-P', into, '-type', 'f', '-exec', 'cat', '{}', '+'];
    const text = attempt(() => execFileSync('find', find, { encoding: 'utf8', stdio: 'pipe' }));
    if (text) {
      expect(text).not.toContain('of the host');
      found++;
    }
    await removeAny(into);
  }
}, 120_000);

test(`nothing of the host is written by way of links that are swapped, in ${ROUNDS} rounds`, async () => {
  const { outside, root } = await swapping();
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
  let [isMisled, written] = [false, 0];
  for (let round = 0; round < ROUNDS || !isMisled || written === 0; round++) {
    isMisled ||= attempt(() => readFileSync(join(root, 'x/dir/canary'), 'utf8')) === 'of the host';
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
}, 120_000);

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

async function removeAny(path: string): Promise<void> {
  if (attempt(() => lstatSync(path))?.isDirectory()) await removeTree(path);
  else execFileSync('rm', ['-f', path]);
}

test('links in the way lead where they lead inside, however they are written', async () => {
  await cli.sleeping('web');
  const script = `mkdir -p /real/deep ${cli.directory}; ln -s ${cli.directory} /up; ln -s ../../../../../real /far; ln -s /far/deep /two; ln -s /loop /loop`;
  await cli.sc('exec', 'web', 'sh', '-c', script);
  cli.write('file', 'text');
  for (const destination of ['/up/a', '/far/b', '/two/c', '/../../d', '/real/../../../e'])
    await cli.copy('file', `web:${destination}`);
  const root = await cli.inside('web');
  const found = ['real/b', 'real/deep/c', 'd', 'e', join(cli.directory, 'a')];
  expect(found.map((path) => readFileSync(join(root, path), 'utf8'))).toEqual(found.map(() => 'text'));
  expect(() => lstatSync(join(cli.directory, 'a'))).toThrow('ENOENT');
  await expect(cli.copy('file', 'web:/loop/x')).rejects.toThrow('more than 40 links on the way');
});

test('a tree of the container is not written through links that stand on the host', async () => {
  await cli.sleeping('web');
  await cli.sc('exec', 'web', 'sh', '-c', 'mkdir -p /t/sub; echo new >/t/sub/file; echo new >/t/link');
  mkdirSync(join(cli.directory, 'kept'));
  cli.write('kept/file', 'old');
  mkdirSync(join(cli.directory, 'out'));
  symlinkSync('../kept/file', join(cli.directory, 'out/link'));
  symlinkSync('../kept', join(cli.directory, 'out/sub'));
  await expect(cli.copy('web:/t/.', 'out')).rejects.toThrow('is there, and no directory');
  await cli.copy('web:/t/link', 'out/.');
  expect(cli.read('kept/file')).toBe('old');
});

test('a directory is not copied into itself', async () => {
  await cli.sleeping('web');
  await cli.sc('exec', 'web', 'sh', '-c', 'mkdir -p /a/b');
  await expect(cli.copy('web:/a', 'web:/a/b')).rejects.toThrow(
    'copy "web:/a/b": it is being copied into itself',
  );
  await expect(cli.copy('web:/', 'web:/a')).rejects.toThrow('copied into itself');
});

test('3,000 directories in one another are refused, and 700 take few descriptors', async () => {
  await cli.sleeping('web');
  const make = (depth: number, name: string) =>
    execFileSync(
      'python3',
      [
        '-c',
        `import os\nos.mkdir("${name}")\nos.chdir("${name}")\nfor i in range(${depth}):\n  os.mkdir("d")\n  os.chdir("d")\nopen("bottom", "w").write("here")`,
      ],
      { cwd: cli.directory },
    );
  make(3000, 'abyss');
  make(700, 'deep');
  try {
    await expect(cli.copy('abyss', 'web:/')).rejects.toThrow(
      'directories are more than 800 deep in one another',
    );
    await cli.copy('deep', 'web:/');
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, readdirSync('/proc/self/fd').length);
    }, 1);
    await cli.copy('web:/deep', 'deep-again').finally(() => clearInterval(watch));
    expect(most).toBeLessThan(250);
    expect(readFileSync(join(cli.directory, `deep-again/${'d/'.repeat(700)}bottom`), 'utf8')).toBe('here');
  } finally {
    for (const name of ['abyss', 'deep', 'deep-again']) await removeTree(join(cli.directory, name));
  }
}, 120_000);

test('names of any bytes, hardlinks and times are as they were', async () => {
  await cli.sleeping('web');
  const directory = join(cli.directory, 'odd');
  mkdirSync(directory);
  const odd = [
    Buffer.from([0xff, 0xfe]),
    Buffer.from('new\nline'),
    Buffer.from(' '),
    Buffer.from('a:b'),
    Buffer.from('-'),
  ];
  for (const name of odd) writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), name]), name);
  execFileSync('ln', [join(directory, ' '), join(directory, 'linked')]);
  execFileSync('touch', ['-d', '2001-02-03 04:05:06.123456789', directory, join(directory, 'a:b')]);
  await cli.copy('odd', 'web:/odd');
  await cli.copy('web:/odd', 'again');
  const again = join(cli.directory, 'again');
  const list = (path: string) => readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare);
  expect(list(again)).toEqual(list(directory));
  for (const name of odd) expect(readFileSync(Buffer.concat([Buffer.from(`${again}/`), name]))).toEqual(name);
  expect(statSync(join(again, ' ')).ino).toBe(statSync(join(again, 'linked')).ino);
  for (const name of ['.', 'a:b'])
    expect(statSync(join(again, name), { bigint: true }).mtimeNs).toBe(
      statSync(join(directory, name), { bigint: true }).mtimeNs,
    );
});

test('a file with holes keeps them', async () => {
  await cli.sleeping('web');
  const file = openSync(join(cli.directory, 'holes'), 'w');
  writeSync(file, 'front', 0);
  writeSync(file, 'middle', 2 ** 33);
  ftruncateSync(file, 2 ** 34);
  closeSync(file);
  const { bytes } = await cli.copy('holes', 'web:/holes');
  expect(bytes).toBeLessThan(2 ** 20);
  await cli.copy('web:/holes', 'holes-again');
  const { size, blocks } = statSync(join(cli.directory, 'holes-again'));
  expect({ size, isSparse: blocks < 1000 }).toEqual({ size: 2 ** 34, isSparse: true });
});

test('where the disk is full, what was there before is there, and nothing else', async () => {
  await cli.sleeping('web', '--tmpfs', '/mem:size=1m');
  writeFileSync(join(cli.directory, 'large'), Buffer.alloc(2 ** 21, 1));
  cli.write('small', 'old');
  await cli.copy('small', 'web:/mem/file');
  await expect(cli.copy('large', 'web:/mem/file')).rejects.toMatchObject({
    code: 'SC_STORAGE_FAILED',
    errno: 'ENOSPC',
  });
  const root = await cli.inside('web');
  expect(readdirSync(join(root, 'mem'))).toEqual(['file']);
  expect(readFileSync(join(root, 'mem/file'), 'utf8')).toBe('old');
  expect(credentials()).toBe('Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0');
});

test('who is killed in the middle leaves a file whole or absent, and nothing beside it', async () => {
  await cli.sleeping('web');
  const size = 2 ** 27;
  writeFileSync(join(cli.directory, 'large'), Buffer.alloc(size, 1));
  let cut = 0;
  for (let round = 0; round < 8; round++) {
    const copying = execa(cli.executable, ['copy', 'large', `web:/root/${round}`], cli.options);
    await setTimeout(150 + round * 40);
    copying.kill('SIGKILL');
    await copying;
    const directory = await cli.inside('web', 'root');
    const path = join(directory, String(round));
    const isThere = readdirSync(directory).includes(String(round));
    if (isThere) expect(statSync(path).size).toBe(size);
    else cut++;
    expect(readdirSync(directory).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  }
  expect(cut).toBeGreaterThan(0);
  expect(names('.')).not.toContain('0');
}, 120_000);
