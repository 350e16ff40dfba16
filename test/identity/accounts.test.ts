import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGroup, parseId, parsePasswd } from '../../src/identity/accounts.ts';

const passwd = (text: string) => parsePasswd(Buffer.from(text));
const group = (text: string) => parseGroup(Buffer.from(text));

describe('parsePasswd', () => {
  test('reads the lines of an ordinary file', () => {
    expect(passwd('root:x:0:0:root:/root:/bin/sh\nweb:x:1000:33:,,,:/srv/web:\n')).toEqual([
      { name: 'root', uid: 0, gid: 0, home: '/root' },
      { name: 'web', uid: 1000, gid: 33, home: '/srv/web' },
    ]);
  });

  test('trailing fields may be missing', () => {
    expect(passwd('web:x:1000:33')).toEqual([{ name: 'web', uid: 1000, gid: 33, home: '' }]);
  });

  test.each([
    ['too few fields', 'web:x:1000'],
    ['too many fields', 'web:x:1000:33::/:/bin/sh:more'],
    ['no name', ':x:0:0::/:'],
    ['no number', 'web:x:zero:0::/:'],
    ['an empty number', 'web:x::0::/:'],
    ['a sign', 'web:x:-1:0::/:'],
    ['hexadecimal', 'web:x:0x0:0::/:'],
    ['a space', 'web:x: 0:0::/:'],
    ['a leading zero', 'web:x:00:0::/:'],
    ['a user out of range', 'web:x:2147483648:0::/:'],
    ['a user that wraps around to root', 'web:x:4294967296:0::/:'],
    ['a group out of range', 'web:x:0:4294967295::/:'],
    ['a comment', '#web:x:0:0::/:'],
    ['a NUL byte', 'web:x:0:0::/\0:'],
    ['an escape in its name', 'w\x1beb:x:0:0::/:'],
    ['a question to NIS', '+::0:0:::'],
    ['an account of NIS', '+web:x:0:0::/:'],
    ['an account that NIS must not have', '-web:x:0:0::/:'],
    ['a huge line', `web:x:0:0:${'x'.repeat(70_000)}:/:`],
  ])('leaves out a line with %s and reads the next', (_, line) => {
    expect(passwd(`${line}\nnext:x:1:1::/:`)).toEqual([{ name: 'next', uid: 1, gid: 1, home: '/' }]);
  });
});

test.each(['/ho\x1bme', '/home\r', '/ho\tme'])(
  'home directory %j cannot stand in an environment and is none',
  (home) => {
    expect(passwd(`web:x:1:1::${home}:`)).toEqual([{ name: 'web', uid: 1, gid: 1, home: '' }]);
  },
);

test('a home directory that is no UTF-8 is none, and not another one', () => {
  const file = Buffer.from('web:x:1:1::/h\xff:\nw\xfeb:x:0:0::/:\n', 'latin1');
  expect(parsePasswd(file)).toEqual([{ name: 'web', uid: 1, gid: 1, home: '' }]);
});

describe('parseGroup', () => {
  test('reads groups and their members', () => {
    expect(group('root:x:0:\nadm:x:4:web,,db\nbare:x:5')).toEqual([
      { name: 'root', gid: 0, members: [] },
      { name: 'adm', gid: 4, members: ['web', 'db'] },
      { name: 'bare', gid: 5, members: [] },
    ]);
  });

  test.each([
    ...['adm:x', 'adm:x:4:a:b', ':x:4:', 'adm:x:-4:', 'adm:x:2147483648:', 'adm:x:4294967300:'],
    ...['+adm:x:0:web', '-adm:x:0:web', 'adm:x:0x4:', 'adm:x:04:', 'ad\0m:x:4:'],
  ])('leaves out %s', (line) => {
    expect(group(line)).toEqual([]);
  });
});

describe('parseId', () => {
  test('reads back every number in range', () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 31 - 1 }), (id) => parseId(String(id)) === id));
  });

  test.each([
    '',
    '-0',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x0',
    '00',
    '2147483648',
    '4294967296',
    '99999999999',
    '١',
  ])('refuses "%s"', (text) => {
    expect(parseId(text)).toBeUndefined();
  });
});

test('no file makes the readers fail, and every number they answer is in range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const file = Buffer.from(bytes);
      const ids = [
        ...parsePasswd(file).flatMap(({ uid, gid }) => [uid, gid]),
        ...parseGroup(file).map(({ gid }) => gid),
      ];
      return ids.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31);
    }),
  );
});
