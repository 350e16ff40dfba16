import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { writableOf } from '../../../src/operations/record/writable.ts';
import type { Change, Changes } from '../../../src/storage/driver.ts';

/** Changes in the words `+ /file`, `~ /file`, `- /file`; a directory ends with a slash. */
function changes(image: readonly string[], words: readonly string[]): Changes {
  const kinds = { '+': 'added', '~': 'modified', '-': 'deleted' } as const;
  const list = words.map((word): Change => {
    const path = word.slice(2).replace(/\/$/, '');
    const kind = kinds[word[0] as '+' | '~' | '-'];
    const isProgram = path.endsWith('.sh');
    return {
      path: Buffer.from(path),
      kind,
      isDirectory: word.endsWith('/'),
      size: word.endsWith('/') ? 0 : 10,
      isProgram,
    };
  });
  const files = image.filter((path) => !path.endsWith('/'));
  const all = image.map((path) => path.replace(/\/$/, ''));
  const isIn = (path: string, directory: string) => path.startsWith(posix.join(directory, '/'));
  const isTouched = ({ kind, isDirectory }: Change) => isDirectory && kind === 'modified';
  return {
    // As a driver tells it: a directory itself is not changed by what is in it.
    list: list.filter((change) => !isTouched(change)),
    touched: list.filter(isTouched).map(({ path }) => path),
    open: () => {
      throw new Error('nobody opens it');
    },
    imageHas: (path) => path === '/' || all.some((known) => known === path || isIn(known, path)),
    imageHasFilesIn: (path) => files.some((file) => isIn(file, path)),
  };
}

const web = ['/var/cache/web/', '/run/lock/', '/tmp/', '/etc/web.conf', '/srv/data'];

test.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['a file in an empty directory', ['~ /tmp/', '+ /tmp/a'], ['/tmp']],
  ['a file that was made and taken away again', ['~ /tmp/'], ['/tmp']],
  [
    'new directories, which their program makes itself',
    [
      '~ /var/',
      '~ /var/cache/',
      '~ /var/cache/web/',
      '+ /var/cache/web/a/',
      '+ /var/cache/web/a/b/',
      '+ /var/cache/web/a/b/f',
    ],
    ['/var/cache/web'],
  ],
  ['an empty new directory', ['~ /run/', '+ /run/web/'], ['/run']],
  [
    'a directory in one that is written to, and would be hidden by it',
    ['~ /run/', '+ /run/pid', '~ /run/lock/', '+ /run/lock/web'],
    ['/run', '/run/lock'],
  ],
  ['a directory in a directory that is not', ['~ /run/', '~ /run/lock/', '+ /run/lock/web'], ['/run/lock']],
  ['a socket or link', ['~ /run/', '+ /run/web.sock'], ['/run']],
])('%s', (_, words, paths) => {
  const writable = writableOf(changes(web, words), []);
  expect(writable.paths.map(({ path }) => path)).toEqual(paths);
  expect(writable.obstacles).toEqual([]);
});

test('how much was written counts, and whether it can be executed', () => {
  const words = ['~ /tmp/', '+ /tmp/a', '+ /tmp/b/', '+ /tmp/b/c', '~ /run/', '+ /run/start.sh'];
  expect(writableOf(changes(web, words), []).paths).toEqual([
    { path: '/run', size: 10, hasPrograms: true },
    { path: '/tmp', size: 20, hasPrograms: false },
  ]);
});

test.each<[string, string[], string]>([
  [
    'a new directory in /',
    ['+ /data/', '+ /data/a/', '+ /data/a/f', '+ /data/g'],
    '"/data" was made in "/" itself; as a writable path it would be there at the start',
  ],
  [
    'an empty one',
    ['+ /data/'],
    '"/data" was made in "/" itself; as a writable path it would be there at the start',
  ],
  ['a file in / itself', ['+ /core'], '"/core" was added in "/" itself'],
  [
    'a directory with files of the image',
    ['~ /etc/', '+ /etc/new'],
    '"/etc" was written to, and has files of the image that an empty directory would hide',
  ],
  [
    'a changed file of the image',
    ['~ /etc/', '~ /etc/web.conf'],
    '"/etc" was written to, and has files of the image that an empty directory would hide',
  ],
  [
    'a deleted file of the image',
    ['~ /srv/', '- /srv/data'],
    '"/srv" was written to, and has files of the image that an empty directory would hide',
  ],
  ['a deleted directory of /', ['- /srv'], '"/srv" was deleted in "/" itself'],
])('%s is an obstacle', (_, words, obstacle) => {
  expect(writableOf(changes(web, words), [])).toEqual({ paths: [], obstacles: [obstacle] });
});

test('what sc makes does not count, what is in it does', () => {
  const made = ['/proc', '/mnt/in', '/work/here'];
  const words = ['+ /proc/', '+ /mnt/', '+ /mnt/in/', '+ /work/', '+ /work/here/'];
  expect(writableOf(changes(web, words), made)).toEqual({ paths: [], obstacles: [] });
  expect(writableOf(changes(web, [...words, '+ /work/here/file']), made).paths).toEqual([
    { path: '/work/here', size: 10, hasPrograms: false },
  ]);
});
