import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
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

let cli: ReturnType<typeof makeCopying>;
beforeAll(() => {
  cli = makeCopying();
});
afterEach(() => cli.deleteAll());
afterAll(() => cli.remove());

const names = (path: string) => readdirSync(join(cli.directory, path)).sort();
/** All threads of this process are root's again. */
const credentials = () => /^Uid:.*\nGid:.*$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[0];

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

test('what was left by one who was killed between two names goes with the next, and what somebody is at stays', async () => {
  await cli.sleeping('web');
  cli.write('file', 'new');
  symlinkSync('anywhere', join(cli.directory, 'new-link'));
  const left = '.sc-copy-01234567-89ab-cdef-0123-456789abcdef';
  const own = '.sc-copy-of-mine';
  await cli.sc(
    'exec',
    'web',
    'sh',
    '-c',
    `cd /root; touch file link ${left} ${own}; mkdir ${left.replace(/f$/, 'e')}`,
  );
  const directory = await cli.inside('web', 'root');
  const others = () => readdirSync(directory).filter((name) => name.startsWith('.sc'));
  const before = others();
  // As one is at it who puts a name in the place of another.
  const holder = execa('flock', [
    '--shared',
    '--no-fork',
    directory,
    'sh',
    '-c',
    'echo held; exec sleep 1000',
  ]);
  await once(holder.stdout, 'data');
  await cli.copy('file', 'web:/root/file');
  expect(others()).toEqual(before);
  holder.kill('SIGKILL');
  await holder.catch(() => {});
  await cli.copy('new-link', 'web:/root/link');
  expect(others().toSorted()).toEqual([left.replace(/f$/, 'e'), own].toSorted());
  expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('new');
  expect(lstatSync(join(directory, 'link')).isSymbolicLink()).toBe(true);
});

test('who is killed in the middle leaves a file whole or absent, and nothing beside it', async () => {
  await cli.sleeping('web');
  const size = 2 ** 27;
  writeFileSync(join(cli.directory, 'large'), Buffer.alloc(size, 1));
  const directory = await cli.inside('web', 'root');
  let cut = 0;
  for (let round = 0; round < 8; round++) {
    const copying = execa(cli.executable, ['copy', 'large', `web:/root/${round}`], cli.options);
    let hasEnded = false;
    const ending = copying.finally(() => {
      hasEnded = true;
    });
    while (!hasEnded && writtenBy(copying.pid) < (size / 8) * round) await setTimeout(1);
    copying.kill('SIGKILL');
    await ending;
    const path = join(directory, String(round));
    const isThere = readdirSync(directory).includes(String(round));
    if (isThere) expect(statSync(path).size).toBe(size);
    else cut++;
    expect(readdirSync(directory).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  }
  expect(cut).toBeGreaterThan(0);
  expect(names('.')).not.toContain('0');
}, 120_000);

/** Bytes of the file that a process makes in the container's /root; -1 where it is at none. */
function writtenBy(pid: number | undefined): number {
  const descriptors = `/proc/${pid}/fd`;
  try {
    const file = readdirSync(descriptors)
      .map((name) => join(descriptors, name))
      .find((path) => readlinkSync(path).startsWith('/root/'));
    return file === undefined ? -1 : statSync(file).size;
  } catch {
    // It has ended, or has just closed what we wanted to look at.
    return -1;
  }
}
