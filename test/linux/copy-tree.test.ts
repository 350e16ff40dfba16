import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyTree } from '../../src/linux/copy-tree.ts';
import { holding, openRoot } from '../../src/linux/directory.ts';
import { tryReflink } from '../../src/linux/reflink.ts';
import { mountBtrfs } from '../support/btrfs.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-copy-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

const image = `
  mkdir -p a/b empty; printf text > a/file; printf more > a/b/file
  ln a/file a/second; ln a/file third
  ln -s ../nowhere a/link; mkfifo fifo; mknod null c 1 3; mknod disk b 250 4097
  truncate -s 8M sparse; printf middle | dd of=sparse bs=1M seek=4 conv=notrunc status=none
  printf x > "$(printf 'b\\377\\012c')"
  setfattr -n user.note -v one a/file; setfattr -n user.note -v dir a; setfattr -n trusted.note -v t a
  setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 a/b/file
  chown 7:8 a/b; chown -h 9:10 a/link; chmod 4751 a/b/file; chmod 1777 empty; chmod 000 fifo
  perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("socket"))'
  find . -exec touch -h -d '2020-02-03 04:05:06.123456789' {} +
  touch -d '1969-12-31 23:59:58.5 UTC' a/b/file
`;

/** Everything that can be seen of a tree, but the times of access and of the change of metadata. */
function look(tree: string): string {
  const script = `
    find . -printf '%p %y %m %U:%G %s %T@ %l %n\\n' | sort | sed 's/ d \\([0-9]* [0-9:]*\\) [0-9]* / d \\1 /'
    find . -type f -exec sha256sum {} + | sort; stat -c '%n %t:%T' null disk 2>/dev/null || true
    getfattr -R -h -d -m - . 2>/dev/null; stat -c %i third a/second a/file 2>/dev/null | uniq | wc -l`;
  return execFileSync('sh', ['-euc', script], { cwd: tree, encoding: 'latin1' });
}

function copy(from: string, to: string): void {
  mkdirSync(to);
  holding(openRoot(from), (source) =>
    holding(openRoot(to), (target) => copyTree(source, target, { path: from, isCopied: () => true })),
  );
}

/** So many directories in one another, and a file in the last. */
function makeDeep(from: string, count: number): void {
  const script = `i=0; while [ $i -lt ${count} ]; do mkdir d; cd d; i=$((i+1)); done; : > file`;
  execFileSync('sh', ['-euc', script], { cwd: from });
}

test('a copy is all that there was, holes and names of one file too', () => {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  mkdirSync(from);
  execFileSync('sh', ['-euc', image], { cwd: from });
  const umask = process.umask(0o077);
  copy(from, to);
  process.umask(umask);
  expect(look(to)).toBe(look(from));
  expect(statSync(join(to, 'sparse')).blocks).toBeLessThan(1000);
});

test('attributes that are not wanted are left out', () => {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  mkdirSync(from);
  execFileSync('setfattr', ['-n', 'trusted.overlay.opaque', '-v', 'y', from]);
  mkdirSync(to);
  holding(openRoot(from), (source) =>
    holding(openRoot(to), (target) => copyTree(source, target, { path: from, isCopied: () => false })),
  );
  expect(String(execFileSync('getfattr', ['-d', '-m', '-', to]))).toBe('');
});

test('on btrfs copies share what files hold', () => {
  const place = join(directory, 'disk');
  mkdirSync(place);
  const disk = mountBtrfs(place, 256);
  try {
    expect([tryReflink(place), tryReflink('/proc')]).toEqual([true, false]);
    const [from, to] = [join(place, 'from'), join(place, 'to')];
    mkdirSync(from);
    execFileSync('sh', ['-euc', `${image}\nhead -c 50M /dev/urandom > large`], { cwd: from });
    copy(from, to);
    expect(look(to)).toBe(look(from));
    const usage = String(execFileSync('btrfs', ['filesystem', 'du', '--raw', '-s', to]));
    const [, , shared] = usage.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
    expect(Number(shared)).toBeGreaterThan(50_000_000);
  } finally {
    disk.remove();
  }
});

test('a directory in too many others is told of', () => {
  const from = join(directory, 'from');
  mkdirSync(from);
  makeDeep(from, 810);
  expect(() => copy(from, join(directory, 'to'))).toThrow(
    expect.objectContaining({ code: 'SC_STORAGE_FAILED', errno: 'ENAMETOOLONG' }),
  );
});

test('one in as many as are walked is copied', () => {
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  mkdirSync(from);
  makeDeep(from, 790);
  copy(from, to);
  expect(look(to)).toBe(look(from));
});
