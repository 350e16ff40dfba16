import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveIdentity } from '../../src/identity/resolve.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-identity-'));
  mkdirSync(join(root, 'etc'));
  write(
    'etc/passwd',
    'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:33::/srv/web:\nweb:x:0:0::/:\nodd:x:5:5::here:\n',
  );
  write(
    'etc/group',
    'root:x:0:\nwww:x:33:web\nadm:x:4:web,root\nlog:x:7:web\nagain:x:4:web\nhuge:x:4294967296:web\n',
  );
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

function resolve(user: string, additional: string[] = []) {
  return resolveIdentity(user, [root], additional);
}

describe('the six forms', () => {
  test.each([
    ['web', { uid: 1000, gid: 33, groups: [4, 7], home: '/srv/web' }],
    ['1000', { uid: 1000, gid: 33, groups: [4, 7], home: '/srv/web' }],
    ['web:www', { uid: 1000, gid: 33, groups: [], home: '/srv/web' }],
    ['1001:44', { uid: 1001, gid: 44, groups: [], home: '/' }],
    ['1001:adm', { uid: 1001, gid: 4, groups: [], home: '/' }],
    ['web:0', { uid: 1000, gid: 0, groups: [], home: '/srv/web' }],
  ])('%s', (user, identity) => {
    expect(resolve(user)).toEqual(identity);
  });
});

test('root is in the groups that name it', () => {
  expect(resolve('root')).toEqual({ uid: 0, gid: 0, groups: [4], home: '/root' });
});

describe('additional groups', () => {
  test.each([
    ['web', ['adm', '99'], { uid: 1000, gid: 33, groups: [4, 7, 99], home: '/srv/web' }],
    ['web:www', ['7', 'adm'], { uid: 1000, gid: 33, groups: [7, 4], home: '/srv/web' }],
    ['1001:44', ['44', '7', '7'], { uid: 1001, gid: 44, groups: [7], home: '/' }],
  ])('%s with %j', (user, additional, identity) => {
    expect(resolve(user, additional)).toEqual(identity);
  });

  test.each([
    ['-1', '"-1" is no decimal number from 0 to 2147483647'],
    ['4294967296', '"4294967296" is no decimal number from 0 to 2147483647'],
    ['0x0', '"0x0" is no decimal number from 0 to 2147483647'],
    ['', 'the group is empty'],
    ['adm:www', 'it has more than one part'],
  ])('"%s" is refused', (group, why) => {
    expect(() => resolve('web', [group])).toThrow(
      expect.objectContaining({ code: 'SC_USAGE', message: `group "${group}": ${why}` }),
    );
  });

  test('an unknown name is an error, and a number needs no file', () => {
    expect(() => resolve('web', ['audio'])).toThrow('look for group "audio" in "/etc/group"');
    rmSync(join(root, 'etc'), { recursive: true });
    expect(resolve('7:8', ['9']).groups).toEqual([9]);
  });
});

test('a name that stands twice is the first, as for the C library', () => {
  write('etc/passwd', 'db:x:70:70::/srv/db:\nroot:x:70:0::/root:\ndb:x:0:0::/:\n');
  write('etc/group', 'one:x:1:db\none:x:2:\nother:x:1:\n');
  expect(resolve('db')).toEqual({ uid: 70, gid: 70, groups: [1], home: '/srv/db' });
  expect(resolve('70').home).toBe('/srv/db');
  expect(resolve('db:one').gid).toBe(1);
});

test('lines that ask for other sources give nobody a number', () => {
  write('etc/passwd', '+::0:0:::\n+web:x:0:0::/nis:\nweb:x:1000:33::/srv/web:\n');
  write('etc/group', '+:::\n+adm:x:0:web\nadm:x:4:web\n');
  expect(resolve('web')).toEqual({ uid: 1000, gid: 33, groups: [4], home: '/srv/web' });
  expect(resolve('0').home).toBe('/');
  expect(() => resolve('+web')).toThrow('is no decimal number');
});

test('a number that no file knows has group 0 and no supplementary groups', () => {
  expect(resolve('2147483647')).toEqual({ uid: 2147483647, gid: 0, groups: [], home: '/' });
});

test('a home directory that is not absolute is /', () => {
  expect(resolve('odd').home).toBe('/');
});

test('numbers need no files at all', () => {
  rmSync(join(root, 'etc'), { recursive: true });
  expect(resolve('0')).toEqual({ uid: 0, gid: 0, groups: [], home: '/' });
  expect(resolve('7:8')).toEqual({ uid: 7, gid: 8, groups: [], home: '/' });
});

test.each([
  ['4294967296', '"4294967296" is no decimal number from 0 to 2147483647'],
  ['2147483648', '"2147483648" is no decimal number from 0 to 2147483647'],
  ['-1', '"-1" is no decimal number from 0 to 2147483647'],
  ['+1', '"+1" is no decimal number from 0 to 2147483647'],
  ['0x0', '"0x0" is no decimal number from 0 to 2147483647'],
  ['007', '"007" is no decimal number from 0 to 2147483647'],
  ['0:-1', '"-1" is no decimal number from 0 to 2147483647'],
  ['', 'the user is empty'],
  ['1:', 'the group is empty'],
  [':1', 'the user is empty'],
  ['1:2:3', 'it has more than two parts'],
])('"%s" is refused', (user, why) => {
  expect(() => resolve(user)).toThrow(
    expect.objectContaining({ code: 'SC_USAGE', message: `user "${user}": ${why}` }),
  );
});

test('a number is never looked up as a name', () => {
  write('etc/passwd', '1000:x:0:0::/root:\n');
  expect(resolve('1000')).toEqual({ uid: 1000, gid: 0, groups: [], home: '/' });
});

test('an unknown name says what was looked up and where', () => {
  const passwd = `in "/etc/passwd" of the root filesystem "${root}"`;
  expect(() => resolve('wob')).toThrow(
    expect.objectContaining({
      code: 'SC_NOT_FOUND',
      message: `look for user "wob" ${passwd}: no such line; did you mean web`,
    }),
  );
  expect(() => resolve('web:nobody')).toThrow(
    `look for group "nobody" in "/etc/group" of the root filesystem "${root}": no such line`,
  );
  rmSync(join(root, 'etc/passwd'));
  expect(() => resolve('root')).toThrow(`look for user "root" ${passwd}: there is no such file`);
});

test('an upper layer changes who is known', () => {
  const upper = join(root, 'upper');
  mkdirSync(join(upper, 'etc'), { recursive: true });
  writeFileSync(join(upper, 'etc/passwd'), 'db:x:70:70::/srv/db:\n');
  expect(resolveIdentity('db', [upper, root])).toEqual({ uid: 70, gid: 70, groups: [], home: '/srv/db' });
  expect(() => resolveIdentity('web', [upper, root])).toThrow('no such line');
});

describe('a hostile root filesystem', () => {
  beforeEach(() => rmSync(join(root, 'etc/passwd')));

  test('a passwd that is a link to a file of the host is a link to a file inside', () => {
    symlinkSync('/etc/passwd', join(root, 'passwd'));
    symlinkSync('/passwd', join(root, 'etc/passwd'));
    expect(() => resolve('root')).toThrow('more than 40 links');
    rmSync(join(root, 'passwd'));
    expect(() => resolve('root')).toThrow('there is no such file');
    expect(resolve('0')).toEqual({ uid: 0, gid: 0, groups: [], home: '/' });
  });

  test('an etc that is a link to a directory of the host is a link to a directory inside', () => {
    rmSync(join(root, 'etc'), { recursive: true });
    const outside = mkdtempSync(join(tmpdir(), 'sc-outside-'));
    writeFileSync(join(outside, 'passwd'), 'root:x:0:0::/outside:\n');
    symlinkSync(outside, join(root, 'etc'));
    expect(() => resolve('root')).toThrow('there is no such file');
    mkdirSync(join(root, outside), { recursive: true });
    write(join(outside, 'passwd'), 'root:x:0:0::/inside:\n');
    expect(resolve('root').home).toBe('/inside');
    rmSync(outside, { recursive: true });
  });

  test.each([
    ['a FIFO', ['mkfifo', 'etc/passwd']],
    ['a device', ['mknod', 'etc/passwd', 'c', '1', '5']],
    ['a directory', ['mkdir', 'etc/passwd']],
    ['a device', ['mknod', 'etc/passwd', 'b', '7', '0']],
  ])('a passwd that is %s is refused at once', (kind, [program = '', ...args]) => {
    execFileSync(program, args, { cwd: root });
    expect(() => resolve('root')).toThrow(
      `read "/etc/passwd" of the root filesystem: it is ${kind}, not a regular file`,
    );
  });

  test('a huge passwd is refused unread', () => {
    write('etc/passwd', '');
    truncateSync(join(root, 'etc/passwd'), 2 ** 40);
    expect(() => resolve('root')).toThrow('it is larger than 4194304 bytes');
  });

  test.each([
    ['a FIFO', ['mkfifo', 'etc/group']],
    ['a device', ['mknod', 'etc/group', 'c', '1', '5']],
    ['a directory', ['mkdir', 'etc/group']],
  ])('a group that is %s is refused at once', (kind, [program = '', ...args]) => {
    rmSync(join(root, 'etc/group'));
    execFileSync(program, args, { cwd: root });
    expect(() => resolve('0:adm')).toThrow(
      `read "/etc/group" of the root filesystem: it is ${kind}, not a regular file`,
    );
  });

  test('a passwd of one endless line, or of bytes, names nobody', () => {
    write('etc/passwd', `web:x:0:0:${'x'.repeat(4_000_000)}:/:`);
    expect(() => resolve('web')).toThrow('no such line');
    writeFileSync(join(root, 'etc/passwd'), randomBytes(100_000));
    expect(() => resolve('web')).toThrow('no such line');
  });

  test('more groups than the kernel takes are refused', () => {
    write('etc/passwd', 'web:x:1:1::/:\n');
    write('etc/group', Array.from({ length: 65_538 }, (_, gid) => `g:x:${gid}:web`).join('\n'));
    expect(() => resolve('web')).toThrow('puts it into 65538 groups, more than 65536');
  });
});
