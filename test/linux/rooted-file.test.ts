import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { declare } from '../../src/linux/libc.ts';
import { readRootedFile } from '../../src/linux/rooted-file.ts';

const setxattr = declare<[string, string, Buffer, number, number]>(
  'int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
);
const fcntl = declare<[number, number, number]>('int fcntl(int fd, int command, int argument)');

const F_SETLEASE = 1024;
const F_WRLCK = 1;

let base: string;
let root: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sc-rooted-'));
  root = layer('root');
  write('outside/passwd', 'outside');
});

afterEach(() => {
  rmSync(base, { recursive: true });
});

function layer(name: string): string {
  const path = join(base, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function write(path: string, text: string): void {
  mkdirSync(join(base, path, '..'), { recursive: true });
  writeFileSync(join(base, path), text);
}

function link(path: string, text: string): void {
  mkdirSync(join(base, path, '..'), { recursive: true });
  symlinkSync(text, join(base, path));
}

function read(path: string, layers = [root]): string | undefined {
  return readRootedFile(layers, path, 1000)?.toString();
}

describe('readRootedFile in one directory', () => {
  test('reads a file by any spelling of its path', () => {
    write('root/etc/passwd', 'inside');
    for (const path of ['/etc/passwd', 'etc/passwd', '//etc/./passwd', '/../../etc/../etc/passwd']) {
      expect(read(path)).toBe('inside');
    }
  });

  test('answers nothing where there is no such file, and where a file stands in the place of a directory', () => {
    write('root/file', 'inside');
    expect(read('/etc/passwd')).toBeUndefined();
    expect(read('/file/passwd')).toBeUndefined();
  });

  test('resolves an absolute link inside the root', () => {
    link('root/etc', join(base, 'outside'));
    expect(read('/etc/passwd')).toBeUndefined();
    write(`root/${join(base, 'outside')}/passwd`, 'inside');
    expect(read('/etc/passwd')).toBe('inside');
  });

  test('resolves a link that climbs above the root inside the root', () => {
    link('root/etc/passwd', '../../../../../../../../outside/passwd');
    expect(read('/etc/passwd')).toBeUndefined();
    write('root/outside/passwd', 'inside');
    expect(read('/etc/passwd')).toBe('inside');
  });

  test('follows links to links, and refuses those without an end', () => {
    write('root/real/passwd', 'inside');
    link('root/etc', 'one');
    link('root/one', '/two/../two/.');
    link('root/two', 'real');
    expect(read('/etc/passwd')).toBe('inside');
    link('root/around', 'around');
    expect(() => read('/around/passwd')).toThrow('open "/around/passwd": more than 40 links on the way');
  });

  test('does not leave the root through a link into /proc', () => {
    link('root/etc', `/proc/self/root${base}/outside`);
    expect(read('/etc/passwd')).toBeUndefined();
    // The kernel would jump to the root of the host; the text of the link, "/", stays inside.
    expect(read('/root/etc/hostname', ['/proc/self'])).toBeUndefined();
    expect(read(`/cwd/package.json`, ['/proc/self'])).toBeUndefined();
  });

  test('refuses what is no regular file', async () => {
    mkdirSync(join(root, 'directory'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5']);
    execFileSync('mknod', [join(root, 'disk'), 'b', '7', '200']);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    const refused = (name: string, kind: string) =>
      expect(() => read(`/${name}`)).toThrow(
        `read "/${name}" of the root filesystem: it is ${kind}, not a regular file`,
      );
    refused('directory', 'a directory');
    refused('fifo', 'a FIFO');
    refused('zero', 'a device');
    refused('disk', 'a device');
    refused('socket', 'a socket');
    await new Promise((resolve) => server.close(resolve));
  });

  test('refuses a file on which a program has a lease, and waits for nobody', () => {
    write('root/leased', 'of its own');
    const file = openSync(join(root, 'leased'), 'r');
    const ignore = () => {};
    process.on('SIGIO', ignore);
    fcntl(file, F_SETLEASE, F_WRLCK);
    expect(() => read('/leased')).toThrow(
      'read "/leased" of the root filesystem: a program keeps others from it by a lease',
    );
    closeSync(file);
    expect(read('/leased')).toBe('of its own');
    process.off('SIGIO', ignore);
  });

  test('refuses the root itself', () => {
    expect(() => read('/')).toThrow('it is a directory');
  });

  test('reads as much as is allowed, and refuses a byte more', () => {
    write('root/full', 'x'.repeat(1000));
    write('root/over', 'x'.repeat(1001));
    write('root/sparse', '');
    truncateSync(join(root, 'sparse'), 2 ** 40);
    expect(read('/full')).toHaveLength(1000);
    expect(() => read('/over')).toThrow('it is larger than 1000 bytes');
    expect(() => read('/sparse')).toThrow('it is larger than 1000 bytes');
  });

  test('reads what says to be empty and is not, and no more of it than is allowed', () => {
    expect(read('/version', ['/proc'])).toBe(readFileSync('/proc/version', 'utf8'));
    expect(() => read('/zoneinfo', ['/proc'])).toThrow('it is larger than 1000 bytes');
  });

  test('refuses a NUL byte in the path', () => {
    mkdirSync(join(root, 'etc'));
    expect(() => read('/etc/passwd\0.txt')).toThrow('a path cannot hold a NUL byte');
  });

  test('names a root that is not there', () => {
    expect(() => read('/etc/passwd', [root, join(base, 'nowhere')])).toThrow(
      `open layer "${join(base, 'nowhere')}" of a root filesystem`,
    );
  });

  test('leaves no descriptor open, whether it succeeds or fails', () => {
    write('root/etc/passwd', 'inside');
    link('root/around', 'around');
    const before = readdirSync('/proc/self/fd').length;
    for (const path of ['/etc/passwd', '/etc', '/around', '/missing']) {
      try {
        read(path);
      } catch {
        // Refusals are looked at above.
      }
    }
    expect(() => read('/etc/passwd', [root, join(base, 'nowhere')])).toThrow();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('reads a file that its owner alone may read, as the kernel lets root', () => {
    write('root/secret', 'inside');
    chmodSync(join(root, 'secret'), 0o600);
    expect(read('/secret')).toBe('inside');
  });
});

describe('readRootedFile in layers', () => {
  let upper: string;
  let middle: string;
  const layers = () => [upper, middle, root];

  beforeEach(() => {
    upper = layer('upper');
    middle = layer('middle');
    write('root/etc/passwd', 'lowest');
  });

  test('the topmost layer that has the file wins', () => {
    expect(read('/etc/passwd', layers())).toBe('lowest');
    write('upper/etc/group', 'beside');
    write('middle/etc/passwd', 'middle');
    expect(read('/etc/passwd', layers())).toBe('middle');
    write('upper/etc/passwd', 'upper');
    expect(read('/etc/passwd', layers())).toBe('upper');
  });

  test('a whiteout hides what lies below it', () => {
    mkdirSync(join(middle, 'etc'));
    execFileSync('mknod', [join(middle, 'etc/passwd'), 'c', '0', '0']);
    expect(read('/etc/passwd', layers())).toBeUndefined();
    write('upper/etc/passwd', 'upper');
    expect(read('/etc/passwd', layers())).toBe('upper');
  });

  test('a whiteout of a directory, or a file in its place, hides all of it', () => {
    execFileSync('mknod', [join(middle, 'etc'), 'c', '0', '0']);
    expect(read('/etc/passwd', layers())).toBeUndefined();
    mkdirSync(join(upper, 'etc'));
    expect(read('/etc/passwd', layers())).toBeUndefined();
    rmSync(join(middle, 'etc'));
    expect(read('/etc/passwd', layers())).toBe('lowest');
    write('middle/etc', 'a file');
    expect(read('/etc/passwd', layers())).toBeUndefined();
  });

  test('an opaque directory hides what lies below it', () => {
    mkdirSync(join(middle, 'etc'));
    setxattr(join(middle, 'etc'), 'trusted.overlay.opaque', Buffer.from('y'), 1, 0);
    expect(read('/etc/passwd', layers())).toBeUndefined();
    write('middle/etc/passwd', 'middle');
    expect(read('/etc/passwd', layers())).toBe('middle');
  });

  test('a link of an upper layer leads to what only a lower layer holds', () => {
    link('upper/accounts', '/etc');
    expect(read('/accounts/passwd', layers())).toBe('lowest');
    link('upper/etc/shadowed', join(base, 'outside/passwd'));
    expect(read('/etc/shadowed', layers())).toBeUndefined();
  });

  test('shows what overlay itself shows', () => {
    mkdirSync(join(upper, 'etc'));
    execFileSync('mknod', [join(upper, 'etc/passwd'), 'c', '0', '0']);
    write('root/etc/group', 'lowest');
    link('middle/etc/shells', 'group');
    const script =
      'mount -t overlay o -o "lowerdir=$1" /mnt && cat /mnt/etc/shells && test ! -e /mnt/etc/passwd';
    const shown = execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', layers().join(':')]).toString();
    expect(shown).toBe('lowest');
    expect(read('/etc/shells', layers())).toBe(shown);
    expect(read('/etc/passwd', layers())).toBeUndefined();
    expect(existsSync('/mnt/etc')).toBe(false);
  });
});
