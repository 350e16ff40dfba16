import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../../src/linux/remove-tree.ts';

const module = new URL('../../src/linux/remove-tree.ts', import.meta.url).href;
const script = `
  const { removeTree } = await import(${JSON.stringify(module)});
  await removeTree(process.argv[1]).catch((error) => {
    console.error(error.message);
    process.exit(1);
  });`;
const command = [process.execPath, '--input-type=module', '-e', script];

let directory: string;
let tree: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-remove-'));
  tree = join(directory, 'tree');
  mkdirSync(tree);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('removes files and directories of any kind', async () => {
  mkdirSync(join(tree, 'a/b/c'), { recursive: true });
  writeFileSync(join(tree, 'a/b/file'), 'text');
  writeFileSync(join(tree, 'file'), 'text');
  execFileSync('mkfifo', [join(tree, 'a/fifo')]);
  execFileSync('mknod', [join(tree, 'a/b/whiteout'), 'c', '0', '0']);
  await removeTree(tree);
  expect(readdirSync(directory)).toEqual([]);
});

test('has no effect where there is nothing', async () => {
  await removeTree(join(directory, 'nothing'));
});

test('removes links and never what they lead to', async () => {
  mkdirSync(join(directory, 'kept'));
  writeFileSync(join(directory, 'kept/file'), 'text');
  mkdirSync(join(tree, 'a'));
  symlinkSync(join(directory, 'kept'), join(tree, 'link'));
  symlinkSync('../../kept', join(tree, 'a/link'));
  await removeTree(tree);
  expect(readFileSync(join(directory, 'kept/file'), 'utf8')).toBe('text');
  symlinkSync(join(directory, 'kept'), tree);
  await expect(removeTree(tree)).rejects.toThrow();
  expect(readFileSync(join(directory, 'kept/file'), 'utf8')).toBe('text');
});

test('removes names that are no UTF-8', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0xfe])]), 'text');
  mkdirSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xc3])]));
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test('removes what is deeper than a path can be long', async () => {
  const deep =
    'for i in $(seq 30); do mkdir -p $(printf "%0200d" 0)/$1 && cd -P . && cd $(printf "%0200d" 0)/$1; done';
  execFileSync('bash', ['-c', deep, 'bash', Array(20).fill('d'.repeat(100)).join('/')], { cwd: tree });
  await removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test('two at once remove it once', async () => {
  for (let i = 0; i < 20; i++) mkdirSync(join(tree, `${i}/a/b/c`), { recursive: true });
  await Promise.all([removeTree(tree), removeTree(tree), removeTree(tree)]);
  expect(existsSync(tree)).toBe(false);
});

test('modes do not stop an owner without the power to override them', () => {
  mkdirSync(join(tree, 'closed/inner'), { recursive: true });
  mkdirSync(join(tree, 'open/closed'), { recursive: true });
  for (const path of ['closed/inner', 'closed', 'open/closed', 'open']) chmodSync(join(tree, path), 0);
  const without = '-dac_override,-dac_read_search';
  execFileSync('setpriv', ['--bounding-set', without, '--inh-caps', without, ...command, tree]);
  expect(existsSync(tree)).toBe(false);
});

test.each([
  ['a directory', 'mkdir -p "$1/a/mount" && mount --bind "$0" "$1/a/mount"', 'a/mount'],
  ['a directory deeper down', 'mkdir -p "$1/a/b/c" && mount --bind "$0" "$1/a/b/c"', 'c'],
  ['a file', 'touch "$1/mount" && mount --bind "$0/file" "$1/mount"', 'mount'],
  ['the whole', 'mount --bind "$0" "$1"', 'tree'],
])('a mount on %s is refused and its content kept', (_, mount, name) => {
  const kept = join(directory, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'file'), 'text');
  const inNamespace = `set -e; ${mount}; shift; exec "$@"`;
  const result = spawnSync('unshare', ['-m', 'sh', '-c', inNamespace, kept, tree, ...command, tree]);
  expect(result.stderr.toString()).toMatch(/remove ".*": (EBUSY|EXDEV)/);
  expect(result.stderr.toString()).toContain(name);
  expect(readFileSync(join(kept, 'file'), 'utf8')).toBe('text');
});
