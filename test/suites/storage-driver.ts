import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inRootfs } from '../support/mounted-rootfs.ts';
import type { StorageBench, TestedDriver } from './storage-driver/bench.ts';
import { testChanges } from './storage-driver/changes.ts';
import { testLayers } from './storage-driver/layers.ts';

/**
 * What every storage driver is held to. `open` gives a driver that keeps its snapshots in the directory
 * `store`, which need not exist yet, on a machine whose root directory is `hostRoot`.
 */
export function testStorageDriver(
  open: (store: string, hostRoot: string) => TestedDriver,
  smallDisk = smallTmpfs,
): void {
  let directory: string;
  let store: string;
  let base: string;
  let host: string;
  let driver: TestedDriver;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-storage-'));
    store = join(directory, 'state/storage');
    base = join(directory, 'base');
    host = join(directory, 'host');
    write('base/etc/motd', 'from the base');
    driver = open(store, host);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    chmodSync(join(directory, path), mode);
  }

  /** What of the store is there for a key, by any name that holds it. */
  function leftOf(key: string): string[] {
    if (!existsSync(store)) return [];
    return readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes(key));
  }

  const prepareBase = (key: string) => driver.prepare(key, { kind: 'directory', path: base });
  const prepareHost = (key: string) => driver.prepare(key, { kind: 'host' });

  describe('a snapshot of a directory', () => {
    test('shows the directory, with the mode and owner of its root', async () => {
      chmodSync(base, 0o1751);
      chownSync(base, 7, 8);
      const rootfs = await prepareBase('one');
      expect(inRootfs(rootfs, 'cat etc/motd; stat -c " %a %u:%g" .')).toBe('from the base 1751 7:8\n');
    });

    test('keeps what is written, and the directory never changes', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(rootfs, 'echo new > etc/motd; echo more > etc/more; mkdir var; chmod 700 .');
      expect(inRootfs(rootfs, 'cat etc/motd etc/more; ls; stat -c %a .')).toBe('new\nmore\netc\nvar\n700\n');
      inRootfs(rootfs, 'rm -r etc');
      expect(inRootfs(rootfs, 'ls')).toBe('var\n');
      expect(readdirSync(join(base, 'etc'))).toEqual(['motd']);
      expect(readFileSync(join(base, 'etc/motd'), 'utf8')).toBe('from the base');
    });

    test('does not show what is written to another', async () => {
      const [one, two] = await Promise.all([prepareBase('one'), prepareBase('two')]);
      inRootfs(one, 'echo one > etc/motd');
      expect(inRootfs(two, 'cat etc/motd')).toBe('from the base');
    });

    test('stands on the true directory behind a link', async () => {
      symlinkSync('base', join(directory, 'link'));
      const rootfs = await driver.prepare('one', { kind: 'directory', path: join(directory, 'link') });
      expect(inRootfs(rootfs, 'cat etc/motd')).toBe('from the base');
    });

    test('is not open to others on the host', async () => {
      await prepareBase('one');
      for (const path of [dirname(store), store]) expect(statSync(path).mode & 0o777).toBe(0o700);
    });
  });

  describe('prepare', () => {
    const refusal = (path: string, why: string) =>
      expect(
        driver.prepare('one', { kind: 'directory', path }).finally(() => expect(leftOf('one')).toEqual([])),
      ).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        message: `use directory "${path}" as a root filesystem: ${why}`,
      });

    test('refuses what is no directory', async () => {
      await refusal(join(base, 'nowhere'), `lstat "${join(base, 'nowhere')}": ENOENT`);
      await refusal(join(base, 'etc/motd'), 'it is not a directory');
      await refusal('base', 'the path is not absolute');
      execFileSync('mkfifo', [join(base, 'fifo')]);
      await refusal(join(base, 'fifo'), 'it is not a directory');
    });

    test('refuses a directory that holds the store or lies in it', async () => {
      const held = `it contains the store "${store}`;
      await expect(driver.prepare('one', { kind: 'directory', path: '/' })).rejects.toMatchObject({
        message: expect.stringContaining(held),
        hint: expect.stringContaining('image: host'),
      });
      await expect(driver.prepare('one', { kind: 'directory', path: directory })).rejects.toThrow(held);
      symlinkSync(directory, join(base, 'link'));
      await expect(driver.prepare('one', { kind: 'directory', path: join(base, 'link') })).rejects.toThrow(
        held,
      );
      await prepareBase('other');
      const inside = join(store, readdirSync(store).find((name) => leftOf(name).length > 0) ?? '');
      await expect(driver.prepare('one', { kind: 'directory', path: inside })).rejects.toThrow(
        'in the store',
      );
      expect(leftOf('one')).toEqual([]);
    });

    test('refuses a key that is taken, and leaves its snapshot alone', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(rootfs, 'echo kept > file');
      await expect(prepareBase('one')).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED', errno: 'EEXIST' });
      expect(inRootfs(rootfs, 'cat file')).toBe('kept\n');
    });

    test.each(['', '.', '..', '../one', 'one/two', '.hidden', 'a\0b', 'a b'])(
      'refuses the key %j',
      async (key) => {
        await expect(prepareBase(key)).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
        await expect(driver.remove(key)).rejects.toMatchObject({ code: 'SC_STORAGE_FAILED' });
      },
    );

    test('names what failed where the store cannot be made', async () => {
      write('state', 'a file');
      await expect(prepareBase('one')).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'ENOTDIR',
        message: expect.stringMatching(/^prepare snapshot "one": mkdir ".*": ENOTDIR$/),
      });
    });

    test('gives one of many who want the same key the snapshot', async () => {
      const all = await Promise.allSettled(Array.from({ length: 20 }, () => prepareBase('one')));
      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('remove', () => {
    test('leaves nothing of the snapshot, and its base', async () => {
      const rootfs = await prepareBase('one');
      inRootfs(
        rootfs,
        'echo new > etc/motd; rm -r etc; mkdir -p a/b; ln -s / link; mknod zero c 1 5; mkfifo fifo',
      );
      await driver.remove('one');
      expect(leftOf('one')).toEqual([]);
      expect(readFileSync(join(base, 'etc/motd'), 'utf8')).toBe('from the base');
    });

    test('has no effect where there is no snapshot, and makes nothing', async () => {
      await driver.remove('one');
      expect(existsSync(store)).toBe(false);
      await prepareBase('one');
      await driver.remove('two');
      await driver.remove('one');
      await driver.remove('one');
      expect(leftOf('one')).toEqual([]);
    });

    test('leaves other snapshots alone', async () => {
      const [, two] = await Promise.all([prepareBase('one'), prepareBase('two')]);
      await driver.remove('one');
      expect(inRootfs(two, 'cat etc/motd')).toBe('from the base');
    });

    test('makes room for a new snapshot with the same key', async () => {
      inRootfs(await prepareBase('one'), 'echo old > etc/motd');
      await driver.remove('one');
      expect(inRootfs(await prepareBase('one'), 'cat etc/motd')).toBe('from the base');
    });

    test('does not follow links that a container left', async () => {
      const kept = join(directory, 'kept');
      write('kept/file', 'text');
      inRootfs(await prepareBase('one'), `ln -s ${kept} link; mkdir d; ln -s ../../../../../kept d/link`);
      await driver.remove('one');
      expect(readFileSync(join(kept, 'file'), 'utf8')).toBe('text');
    });
  });

  const bench: StorageBench = {
    get driver() {
      return driver;
    },
    reopen: () => open(store, host),
    openAt: (store) => open(store, host),
    smallDisk,
    get store() {
      return store;
    },
    get base() {
      return base;
    },
    leftOf,
  };
  testLayers(bench);
  testChanges(bench);

  describe('a snapshot of the host', () => {
    beforeEach(() => {
      write('host/usr/bin/tool', 'a tool', 0o755);
      write('host/etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
      symlinkSync('usr/bin', join(host, 'bin'));
    });

    test('shows the system and empty directories, and nothing else of the machine', async () => {
      write('host/root/secret', 'secret');
      write('host/home/somebody/secret', 'secret');
      write('host/srv/secret', 'secret');
      write('host/var/lib/secret', 'secret');
      write('host/library/secret', 'secret');
      write('host/secret', 'secret');
      symlinkSync('/srv/secret', join(host, 'lib'));
      const rootfs = await prepareHost('one');
      expect(inRootfs(rootfs, 'grep -rs secret . || true')).toBe('');
      expect(inRootfs(rootfs, 'echo *')).toBe(
        'bin dev etc home lib media mnt opt proc root run srv sys tmp usr var\n',
      );
      expect(inRootfs(rootfs, 'cat bin/tool')).toBe('a tool');
      expect(inRootfs(rootfs, 'stat -c "%a %n" root tmp var/tmp proc; readlink bin lib')).toBe(
        '700 root\n1777 tmp\n1777 var/tmp\n555 proc\nusr/bin\n/srv/secret\n',
      );
    });

    test('shows directories beside /usr where the machine never merged them', async () => {
      rmSync(join(host, 'bin'));
      write('host/bin/sh', 'a shell', 0o755);
      write('host/lib64/libc.so', 'a library');
      const rootfs = await prepareHost('one');
      expect(inRootfs(rootfs, 'cat bin/sh lib64/libc.so usr/bin/tool')).toBe('a shella librarya tool');
      inRootfs(rootfs, 'echo new > bin/sh; rm -r lib64/*; echo new > usr/bin/tool');
      expect(inRootfs(rootfs, 'cat bin/sh usr/bin/tool; ls lib64')).toBe('new\nnew\n');
      expect(readFileSync(join(host, 'bin/sh'), 'utf8')).toBe('a shell');
      expect(readFileSync(join(host, 'usr/bin/tool'), 'utf8')).toBe('a tool');
    });

    test('shows of /etc what others may read', async () => {
      write('host/etc/shadow', 'secret', 0o640);
      write('host/etc/open/file', 'shown');
      write('host/etc/closed/file', 'secret');
      write('host/etc/unlisted/file', 'secret');
      chmodSync(join(host, 'etc/closed'), 0o700);
      chmodSync(join(host, 'etc/unlisted'), 0o711);
      symlinkSync('/etc/shadow', join(host, 'etc/link'));
      execFileSync('mkfifo', [join(host, 'etc/fifo')]);
      execFileSync('mknod', ['-m', '666', join(host, 'etc/zero'), 'c', '1', '5']);
      const rootfs = await prepareHost('one');
      expect(inRootfs(rootfs, 'find etc | sort; grep -rs secret etc || true')).toBe(
        'etc\netc/hostname\netc/hosts\netc/link\netc/mtab\netc/open\netc/open/file\netc/passwd\netc/resolv.conf\n',
      );
    });

    test('shows no private key, no huge file, and nothing that says which machine it is', async () => {
      const key = (kind: string) => `-----BEGIN ${kind}-----\nsecret\n-----END ${kind}-----\n`;
      write('host/etc/ssl/rsa.pem', key('RSA PRIVATE KEY'));
      write('host/etc/ssl/openssh', key('OPENSSH PRIVATE KEY'));
      write('host/etc/ssl/both.pem', key('CERTIFICATE') + key('PRIVATE KEY'));
      write('host/etc/ssl/gnupg', key('PGP PRIVATE KEY BLOCK'));
      write('host/etc/ssl/certificate.pem', key('CERTIFICATE'));
      write('host/etc/huge', '');
      truncateSync(join(host, 'etc/huge'), 4 * 1024 * 1024 + 1);
      for (const name of ['hostname', 'hosts', 'machine-id', 'resolv.conf', 'mtab']) {
        write(`host/etc/${name}`, 'the machine');
      }
      write('host/etc/opt/hosts', 'of something else');
      const rootfs = await prepareHost('one');
      expect(inRootfs(rootfs, 'cd etc; find . -type f | sort')).toBe(
        './hostname\n./hosts\n./opt/hosts\n./passwd\n./resolv.conf\n./ssl/certificate.pem\n',
      );
      // Places for what each container gets of its own.
      expect(inRootfs(rootfs, 'cd etc; cat hostname hosts resolv.conf; readlink mtab')).toBe(
        '../proc/self/mounts\n',
      );
    });

    test('keeps owner, mode and time in /etc', async () => {
      write('host/etc/owned/file', 'text', 0o4755);
      for (const path of ['etc/owned/file', 'etc/owned']) chownSync(join(host, path), 5, 6);
      chmodSync(join(host, 'etc/owned/file'), 0o4755);
      for (const path of ['etc/owned/file', 'etc/owned']) utimesSync(join(host, path), 1, 1_000_000_000);
      const rootfs = await prepareHost('one');
      expect(inRootfs(rootfs, 'stat -c "%a %u:%g %Y" etc/owned etc/owned/file')).toBe(
        '755 5:6 1000000000\n4755 5:6 1000000000\n',
      );
    });

    test('does not show what comes into /etc later, the next one does', async () => {
      const one = await prepareHost('one');
      write('host/etc/late', 'late');
      write('host/etc/passwd', 'changed');
      expect(inRootfs(one, 'ls etc; cat etc/passwd')).toBe(
        'hostname\nhosts\nmtab\npasswd\nresolv.conf\nroot:x:0:0::/root:/bin/sh\n',
      );
      expect(inRootfs(await prepareHost('two'), 'ls etc; cat etc/passwd')).toBe(
        'hostname\nhosts\nlate\nmtab\npasswd\nresolv.conf\nchanged',
      );
      chmodSync(join(host, 'etc/passwd'), 0o600);
      expect(inRootfs(await prepareHost('three'), 'ls etc')).toBe(
        'hostname\nhosts\nlate\nmtab\nresolv.conf\n',
      );
      expect(inRootfs(one, 'cat etc/passwd')).toBe('root:x:0:0::/root:/bin/sh\n');
    });

    test('never writes to the machine, nor to another snapshot', async () => {
      const [one, two] = await Promise.all([prepareHost('one'), prepareHost('two')]);
      inRootfs(one, 'echo new > usr/bin/tool; echo new > etc/passwd; rm bin; mkdir bin; echo > root/file');
      expect(inRootfs(two, 'cat usr/bin/tool etc/passwd; readlink bin; ls root')).toBe(
        'a toolroot:x:0:0::/root:/bin/sh\nusr/bin\n',
      );
      expect(readFileSync(join(host, 'usr/bin/tool'), 'utf8')).toBe('a tool');
      expect(readFileSync(join(host, 'etc/passwd'), 'utf8')).toBe('root:x:0:0::/root:/bin/sh\n');
      await driver.remove('one');
      expect(inRootfs(two, 'cat usr/bin/tool')).toBe('a tool');
      expect(leftOf('one')).toEqual([]);
    });

    test('is refused where the store would be seen in it', async () => {
      const inUsr = open(join(host, 'usr/share/store'), host);
      await expect(inUsr.prepare('one', { kind: 'host' })).rejects.toThrow('it contains the store');
    });

    test('does not depend on the umask of the caller', async () => {
      const umask = process.umask(0o077);
      const rootfs = await prepareHost('one').finally(() => process.umask(umask));
      expect(inRootfs(rootfs, 'stat -c "%a %n" . etc etc/hosts home tmp usr')).toBe(
        '755 .\n755 etc\n644 etc/hosts\n755 home\n1777 tmp\n755 usr\n',
      );
    });
  });

  test('programs of the real machine run in a snapshot of it', async () => {
    const rootfs = await open(store, '/').prepare('one', { kind: 'host' });
    const script = 'touch /usr/bin/new /etc/new; ls -d /root/* /home/* /srv/* /boot; id -un';
    expect(inRootfs(rootfs, `chroot . /bin/sh -c '${script}' 2>/dev/null`)).toBe('root\n');
    expect(existsSync('/usr/bin/new') || existsSync('/etc/new')).toBe(false);
  });
}

function smallTmpfs(place: string): { remove(): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]);
  return { remove: () => execFileSync('umount', [place]) };
}
