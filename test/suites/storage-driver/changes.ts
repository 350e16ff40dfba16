import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Change, Rootfs } from '../../../src/storage/driver.ts';
import { type Stack, stacksOf } from '../../../src/storage/stack.ts';
import { compareViews, withView } from '../../../src/storage/view.ts';
import { inRootfs } from '../../support/mounted-rootfs.ts';
import type { StorageBench, TestedDriver } from './bench.ts';

/** What the image of these tests has. */
const image = `
  mkdir -p etc/conf.d var/log/deep/er data empty many dir/sub
  printf 'from the base' > etc/motd; printf a > etc/conf.d/a; printf b > etc/conf.d/b
  printf log > var/log/deep/er/log; printf log > var/log/other
  printf tool > data/tool; chmod 755 data/tool; chown 7:8 data/tool
  ln -s motd etc/link; mkfifo fifo; mknod null c 1 3; mknod disk b 7 0
  printf noted > data/noted; setfattr -n user.note -v one data/noted
  printf x > dir/sub/file; printf y > dir/file
  for i in 1 2 3 4 5; do printf $i > many/$i; done
  truncate -s 1M data/sparse
  mkdir proc sys dev; printf hosts > etc/hosts
  find . -exec touch -h -d '2020-02-03 04:05:06.123456789' {} +
`;

/** What a container does, and what is told of it. */
const actions: [title: string, script: string, changes: string[]][] = [
  ['nothing', ':', []],
  ['reads', 'cat etc/motd data/* > /dev/null; ls -lR > /dev/null', []],
  ['a new file', 'echo > etc/new', ['A /etc/new']],
  ['an empty one', ': > etc/new', ['A /etc/new']],
  ['a new directory with something in it', 'mkdir -p a/b; echo > a/b/c', ['A /a', 'A /a/b', 'A /a/b/c']],
  ['made and deleted again', 'echo > etc/new; rm etc/new; mkdir new; rmdir new', []],
  ['written to', 'echo more >> etc/motd', ['C /etc/motd']],
  ['written over', 'printf FROM_THE_BASE > etc/motd', ['C /etc/motd']],
  ['cut', ': > etc/motd', ['C /etc/motd']],
  [
    'written to, size and time as before',
    'm=$(stat -c %y etc/motd); printf FROM_the_base > etc/motd; touch -d "$m" etc/motd',
    ['C /etc/motd'],
  ],
  [
    'the same bytes once more, time as before',
    'm=$(stat -c %y etc/motd); printf "from the base" > etc/motd; touch -d "$m" etc/motd',
    [],
  ],
  ['the same bytes once more', 'printf "from the base" > etc/motd', ['C /etc/motd']],
  ['opened for writing', ': >> etc/motd', []],
  ['touched', 'touch etc/motd', ['C /etc/motd']],
  ['another nanosecond', "touch -d '2020-02-03 04:05:06.123456788' etc/motd", ['C /etc/motd']],
  ['a time of access', 'touch -a etc/motd', []],
  ['a time of a link', 'touch -h etc/link', ['C /etc/link']],
  ['a time of a directory', 'touch etc', []],
  ['a mode', 'chmod 600 etc/motd', ['C /etc/motd']],
  ['a mode and back', 'chmod 600 etc/motd; chmod 644 etc/motd', []],
  ['a setuid bit', 'chmod u+s data/tool', ['C /data/tool']],
  ['a mode of a directory', 'chmod 700 etc', ['C /etc']],
  ['a mode of the root', 'chmod 711 .', ['C /']],
  ['an owner', 'chown 5 etc/motd', ['C /etc/motd']],
  ['a group', 'chgrp 5 etc/motd', ['C /etc/motd']],
  ['an owner of a link', 'chown -h 5 etc/link', ['C /etc/link']],
  ['an owner of a directory', 'chown 5:6 etc', ['C /etc']],
  ['an attribute', 'setfattr -n user.note -v x etc/motd', ['C /etc/motd']],
  ['an attribute of a directory', 'setfattr -n user.note -v x etc', ['C /etc']],
  ['an attribute that no layer has', 'setfattr -n user.overlay.opaque -v y etc etc/motd', []],
  ['a label of SELinux', 'setfattr -n security.selinux -v a:b:c etc etc/motd', []],
  ['another value of an attribute', 'setfattr -n user.note -v two data/noted', ['C /data/noted']],
  ['an attribute less', 'setfattr -x user.note data/noted', ['C /data/noted']],
  ['an attribute as before', 'setfattr -n user.note -v one data/noted', []],
  [
    'rights of a program',
    'setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 data/tool',
    ['C /data/tool'],
  ],
  ['deleted', 'rm etc/motd', ['D /etc/motd']],
  ['a directory deleted', 'rm -r var', ['D /var']],
  ['a directory deep in others deleted', 'rm -r var/log/deep', ['D /var/log/deep']],
  ['one after the other deleted', 'rm many/*', [1, 2, 3, 4, 5].map((name) => `D /many/${name}`)],
  ['deleted and made again', 'rm etc/motd; echo > etc/motd', ['C /etc/motd']],
  [
    'deleted and made as it was',
    'cp -a etc/motd etc/copy; rm etc/motd; cp -a etc/copy etc/motd; rm etc/copy',
    [],
  ],
  [
    'a directory deleted and made again with something else in it',
    'rm -r etc/conf.d; mkdir etc/conf.d; echo > etc/conf.d/c',
    ['D /etc/conf.d/a', 'D /etc/conf.d/b', 'A /etc/conf.d/c'],
  ],
  [
    'the same deep in others',
    'rm -r dir; mkdir -p dir/sub; echo > dir/sub/new',
    ['D /dir/file', 'D /dir/sub/file', 'A /dir/sub/new'],
  ],
  ['an empty directory deleted', 'rmdir empty', ['D /empty']],
  ['a file in the place of a directory', 'rm -r var; echo > var', ['C /var']],
  [
    'a directory in the place of a file',
    'rm etc/motd; mkdir etc/motd; echo > etc/motd/f',
    ['C /etc/motd', 'A /etc/motd/f'],
  ],
  [
    'a directory in the place of a file and back',
    'cp -a data/tool t; rm data/tool; mkdir data/tool; rmdir data/tool; mv t data/tool',
    [],
  ],
  ['a link in the place of a directory', 'rm -r var; ln -s etc var', ['C /var']],
  ['a link in the place of a file', 'rm data/tool; ln -s noted data/tool', ['C /data/tool']],
  ['a link that leads elsewhere', 'ln -sf hosts etc/link', ['C /etc/link']],
  [
    'a link that leads elsewhere, as long and as old',
    "ln -sf mote etc/link; touch -h -d '2020-02-03 04:05:06.123456789' etc/link",
    ['C /etc/link'],
  ],
  ['a link out of it', 'ln -s /etc/shadow out; ln -s ../../.. up', ['A /out', 'A /up']],
  ['a file by another name', 'mv etc/motd etc/moved', ['D /etc/motd', 'A /etc/moved']],
  ['a file over another', 'mv etc/conf.d/a etc/conf.d/b', ['D /etc/conf.d/a', 'C /etc/conf.d/b']],
  [
    'a directory by another name',
    'mv dir moved',
    ['D /dir', 'A /moved', 'A /moved/file', 'A /moved/sub', 'A /moved/sub/file'],
  ],
  ['a second name', 'ln etc/motd etc/second', ['A /etc/second']],
  [
    'a second name, and the first deleted',
    'ln etc/motd etc/second; rm etc/motd',
    ['D /etc/motd', 'A /etc/second'],
  ],
  ['several names of a new file', 'echo > a; ln a b; ln a c; rm a', ['A /b', 'A /c']],
  ['a device', 'mknod zero c 1 5', ['A /zero']],
  ['another device in the place of one', 'rm null; mknod null c 1 5', ['C /null']],
  [
    'another device, as old',
    "rm disk; mknod disk b 7 1; touch -d '2020-02-03 04:05:06.123456789' disk",
    ['C /disk'],
  ],
  ['a device in the place of a file', 'rm etc/motd; mknod etc/motd c 1 5', ['C /etc/motd']],
  ['a fifo', 'mkfifo pipe', ['A /pipe']],
  ['a mode of a fifo', 'chmod 600 fifo', ['C /fifo']],
  [
    'a hole filled with zeros',
    'm=$(stat -c %y data/sparse); dd if=/dev/zero of=data/sparse bs=4k count=4 conv=notrunc status=none; touch -d "$m" data/sparse',
    [],
  ],
  ['longer by a hole', 'truncate -s 2M data/sparse', ['C /data/sparse']],
  ['names of bytes', 'printf x > "$(printf \'b\\377\\001\\012c\')"', ['A /b\xff\x01\nc']],
  ['order of bytes', 'mkdir a; echo > a/b; echo > a-b; echo > a.b', ['A /a', 'A /a-b', 'A /a.b', 'A /a/b']],
  [
    'names that a tar has for itself',
    'echo > etc/.wh.motd; echo > .wh..wh..opq',
    ['A /.wh..wh..opq', 'A /etc/.wh.motd'],
  ],
  [
    'what every container is given',
    'echo > proc/f; echo > sys/f; mkdir dev/d; echo more > etc/hosts; echo > etc/hostname; echo > etc/resolv.conf',
    [],
  ],
  ['what is mounted', 'mkdir -p mnt/volume; echo > mnt/volume/file', ['A /mnt']],
];

/** One definition of what is changed, on whatever the files lie. */
export function testChanges(bench: StorageBench): void {
  const lines = (list: Change[]) =>
    list.map(({ kind, path }) => `${letters[kind]} ${path.toString('latin1')}`);
  const changes = (rootfs: Rootfs) => driver.changes(rootfs, ['/mnt/volume']);
  const imageStacks = (): Stack[] => [{ target: '/', trees: driver.trees('image') }];
  const compared = (before: readonly Stack[], now: readonly Stack[]) =>
    withView(before, (old) => withView(now, (now) => compareViews(old, now, ['/mnt/volume'])));
  let directory: string;
  let driver: TestedDriver;

  describe('changes', () => {
    // Once for all: what is made durable waits for the disk.
    beforeAll(async () => {
      directory = mkdtempSync(join(bench.place(), 'sc-changes-'));
      driver = bench.openAt(join(directory, 'store'));
      await driver.addLayer('image', undefined, async (place) => {
        execFileSync('sh', ['-euc', image], { cwd: place.directory });
      });
    });

    afterEach(() => driver.remove('one'));

    afterAll(async () => {
      await driver.removeLayer('image');
      rmSync(directory, { recursive: true });
    });

    const onLayer = () => driver.prepare('one', { kind: 'layers', key: 'image' });

    test.each(actions)('of a layer: %s', async (_, script, expected) => {
      const rootfs = await onLayer();
      inRootfs(rootfs, script);
      expect(lines(changes(rootfs).list)).toEqual(expected.toSorted(byBytes));
      // As of any two that have a layer in common.
      const seen = stacksOf(driver.look('one', { kind: 'layers', key: 'image' }));
      expect(lines(await compared(imageStacks(), seen))).toEqual(expected.toSorted(byBytes));
    });

    test('of a directory are told as those of a layer', async () => {
      const base = join(directory, 'base');
      mkdirSync(base);
      execFileSync('sh', ['-euc', image], { cwd: base });
      for (const [index, [title, script, expected]] of actions.entries()) {
        const key = `number-${index}`;
        const rootfs = await driver.prepare(key, { kind: 'directory', path: base });
        inRootfs(rootfs, script);
        expect([title, ...lines(changes(rootfs).list)]).toEqual([title, ...expected.toSorted(byBytes)]);
        await driver.remove(key);
      }
    }, 120_000);

    test('of a directory count from what is in it below its mounts, as a container sees it', async () => {
      const base = join(directory, 'covered');
      const covered = join(base, 'mnt');
      mkdirSync(covered, { recursive: true });
      writeFileSync(join(covered, 'below'), 'below');
      execFileSync('mount', ['-t', 'tmpfs', 'sc-test-covering', covered]);
      try {
        writeFileSync(join(covered, 'new'), 'above');
        const rootfs = await driver.prepare('one', { kind: 'directory', path: base });
        inRootfs(rootfs, 'echo > mnt/new; rm mnt/below');
        const { list, imageHas } = driver.changes(rootfs);
        expect(lines(list)).toEqual(['D /mnt/below', 'A /mnt/new']);
        expect(['/mnt/below', '/mnt/new'].map(imageHas)).toEqual([true, false]);
      } finally {
        execFileSync('umount', [covered]);
      }
    });

    test('of two snapshots are what the one has and the other has not', async () => {
      const image = { kind: 'layers', key: 'image' } as const;
      const one = await onLayer();
      const two = await driver.prepare('two', image);
      inRootfs(one, 'echo > new; rm -r var; rm etc/conf.d/a; mkdir both; echo one > both/file');
      inRootfs(two, 'echo > other; rm -r etc/conf.d; mkdir etc/conf.d both; echo two > both/file; rm -r dir');
      const between = (from: string, to: string) =>
        compared(stacksOf(driver.look(from, image)), stacksOf(driver.look(to, image)));
      expect(lines(await between('one', 'two'))).toEqual([
        'C /both/file',
        'D /dir',
        'D /etc/conf.d/b',
        'D /new',
        'A /other',
        'A /var',
        'A /var/log',
        'A /var/log/deep',
        'A /var/log/deep/er',
        'A /var/log/deep/er/log',
        'A /var/log/other',
      ]);
      expect(lines(await between('two', 'one'))).toEqual([
        'C /both/file',
        'A /dir',
        'A /dir/file',
        'A /dir/sub',
        'A /dir/sub/file',
        'A /etc/conf.d/b',
        'A /new',
        'D /other',
        'D /var',
      ]);
      expect(await between('one', 'one')).toEqual([]);
      await driver.remove('two');
    });

    test('say of an entry what it is, and open it', async () => {
      const rootfs = await onLayer();
      inRootfs(rootfs, 'printf "#!/bin/sh" > new.sh; chmod 755 new.sh; chmod 700 etc; rm data/tool');
      const { list, open } = changes(rootfs);
      expect(list).toEqual([
        { path: Buffer.from('/data/tool'), kind: 'deleted', isDirectory: false, size: 0, isProgram: false },
        { path: Buffer.from('/etc'), kind: 'modified', isDirectory: true, size: 0, isProgram: false },
        { path: Buffer.from('/new.sh'), kind: 'added', isDirectory: false, size: 9, isProgram: true },
      ]);
      const file = open(Buffer.from('/new.sh'));
      expect(fstatSync(file).size).toBe(9);
      closeSync(file);
      expect(() => open(Buffer.from('/../etc/passwd'))).toThrow();
    });

    test('tell of directories in which something was made or deleted', async () => {
      const rootfs = await onLayer();
      inRootfs(rootfs, 'echo > etc/new; rm etc/new; echo > empty/new; rm data/tool');
      const { list, touched } = changes(rootfs);
      expect(lines(list)).toEqual(['D /data/tool', 'A /empty/new']);
      expect(touched.map(String)).toEqual(['/data', '/empty', '/etc']);
    });

    test('are told of deep directories, and of those that are too deep there is a clear error', async () => {
      const rootfs = await onLayer();
      const deep = (count: number) =>
        `i=0; while [ $i -lt ${count} ]; do mkdir d; cd d; i=$((i+1)); done; : > file`;
      inRootfs(rootfs, deep(790));
      expect(changes(rootfs).list).toHaveLength(791);
      inRootfs(rootfs, `cd etc; ${deep(810)}`);
      expect(() => changes(rootfs)).toThrow(
        expect.objectContaining({ code: 'SC_STORAGE_FAILED', errno: 'ENAMETOOLONG' }),
      );
    });

    test('know what the image has', async () => {
      const { imageHas, imageHasFilesIn } = changes(await onLayer());
      expect(['/etc/motd', '/empty', '/etc/new'].map(imageHas)).toEqual([true, true, false]);
      expect(['/etc', '/empty', '/new'].map(imageHasFilesIn)).toEqual([true, false, false]);
    });
  });
}

const letters = { added: 'A', modified: 'C', deleted: 'D' } as const;

/** By the path behind the letter. */
function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left.slice(2), 'latin1'), Buffer.from(right.slice(2), 'latin1'));
}
