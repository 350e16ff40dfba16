import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { writableOf } from '../../../src/operations/record/writable.ts';
import type { Change, Changes } from '../../../src/storage/driver.ts';

/** Changes in the words `+ /file`, `~ /file`, `- /file`; a directory ends with a slash. */
function changes(image: readonly string[], words: readonly string[]): Changes {
  const kinds = { '+': 'added', '~': 'modified', '-': 'deleted' } as const;
  const list = words.map((word): Change => {
    const path = word.slice(2).replace(/\/$/, '');
    return { path, kind: kinds[word[0] as '+' | '~' | '-'], isDirectory: word.endsWith('/') };
  });
  const files = image.filter((path) => !path.endsWith('/'));
  const all = image.map((path) => path.replace(/\/$/, ''));
  const isIn = (path: string, directory: string) => path.startsWith(posix.join(directory, '/'));
  return {
    list,
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
  ['a new directory in /', ['+ /data/', '+ /data/a/', '+ /data/a/f'], ['/data']],
  ['a socket or link', ['~ /run/', '+ /run/web.sock'], ['/run']],
])('%s', (_, words, paths) => {
  expect(writableOf(changes(web, words), [])).toEqual({ paths, obstacles: [] });
});

test.each<[string, string[], string]>([
  ['a file in / itself', ['+ /core'], '"/core" was added in "/" itself'],
  [
    'a directory with files of the image',
    ['~ /etc/', '+ /etc/new'],
    '"/etc" was written to, and has files of the image',
  ],
  [
    'a changed file of the image',
    ['~ /etc/', '~ /etc/web.conf'],
    '"/etc" was written to, and has files of the image',
  ],
  [
    'a deleted file of the image',
    ['~ /srv/', '- /srv/data'],
    '"/srv" was written to, and has files of the image',
  ],
  ['a deleted directory of /', ['- /srv'], '"/srv" was deleted in "/" itself'],
])('%s is an obstacle', (_, words, obstacle) => {
  expect(writableOf(changes(web, words), [])).toEqual({ paths: [], obstacles: [obstacle] });
});

test('what sc makes does not count, what is in it does', () => {
  const made = ['/proc', '/mnt/in', '/work/here'];
  const words = ['+ /proc/', '+ /mnt/', '+ /mnt/in/', '+ /work/', '+ /work/here/'];
  expect(writableOf(changes(web, words), made)).toEqual({ paths: [], obstacles: [] });
  expect(writableOf(changes(web, [...words, '+ /work/here/file']), made).paths).toEqual(['/work/here']);
});
