import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { stacksOf } from '../../../src/storage/stack.ts';
import { compareViews, withView } from '../../../src/storage/view.ts';
import { inRootfs } from '../../support/mounted-rootfs.ts';
import type { OpenDriver, StorageBench } from './bench.ts';

/** A view of the machine itself. */
export function testHost(bench: StorageBench, open: OpenDriver): void {
  const prepare = (key: string) => bench.driver.prepare(key, { kind: 'host' });

  describe('a snapshot of the host', () => {
    beforeEach(() => {
      bench.write('host/usr/bin/tool', 'a tool', 0o755);
      bench.write('host/etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
      symlinkSync('usr/bin', join(bench.host, 'bin'));
    });

    test('shows the system and empty directories, and nothing else of the machine', async () => {
      bench.write('host/root/secret', 'secret');
      bench.write('host/home/somebody/secret', 'secret');
      bench.write('host/srv/secret', 'secret');
      bench.write('host/var/lib/secret', 'secret');
      bench.write('host/library/secret', 'secret');
      bench.write('host/secret', 'secret');
      symlinkSync('/srv/secret', join(bench.host, 'lib'));
      const rootfs = await prepare('one');
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
      rmSync(join(bench.host, 'bin'));
      bench.write('host/bin/sh', 'a shell', 0o755);
      bench.write('host/lib64/libc.so', 'a library');
      const rootfs = await prepare('one');
      expect(inRootfs(rootfs, 'cat bin/sh lib64/libc.so usr/bin/tool')).toBe('a shella librarya tool');
      inRootfs(rootfs, 'echo new > bin/sh; rm -r lib64/*; echo new > usr/bin/tool');
      expect(inRootfs(rootfs, 'cat bin/sh usr/bin/tool; ls lib64')).toBe('new\nnew\n');
      expect(readFileSync(join(bench.host, 'bin/sh'), 'utf8')).toBe('a shell');
      expect(readFileSync(join(bench.host, 'usr/bin/tool'), 'utf8')).toBe('a tool');
    });

    test('shows of /etc what others may read', async () => {
      bench.write('host/etc/shadow', 'secret', 0o640);
      bench.write('host/etc/open/file', 'shown');
      bench.write('host/etc/closed/file', 'secret');
      bench.write('host/etc/unlisted/file', 'secret');
      chmodSync(join(bench.host, 'etc/closed'), 0o700);
      chmodSync(join(bench.host, 'etc/unlisted'), 0o711);
      symlinkSync('/etc/shadow', join(bench.host, 'etc/link'));
      execFileSync('mkfifo', [join(bench.host, 'etc/fifo')]);
      execFileSync('mknod', ['-m', '666', join(bench.host, 'etc/zero'), 'c', '1', '5']);
      const rootfs = await prepare('one');
      expect(inRootfs(rootfs, 'find etc | sort; grep -rs secret etc || true')).toBe(
        'etc\netc/hostname\netc/hosts\netc/link\netc/mtab\netc/open\netc/open/file\netc/passwd\netc/resolv.conf\n',
      );
    });

    test('shows no private key, no huge file, and nothing that says which machine it is', async () => {
      const key = (kind: string) => `-----BEGIN ${kind}-----\nsecret\n-----END ${kind}-----\n`;
      bench.write('host/etc/ssl/rsa.pem', key('RSA PRIVATE KEY'));
      bench.write('host/etc/ssl/openssh', key('OPENSSH PRIVATE KEY'));
      bench.write('host/etc/ssl/both.pem', key('CERTIFICATE') + key('PRIVATE KEY'));
      bench.write('host/etc/ssl/gnupg', key('PGP PRIVATE KEY BLOCK'));
      bench.write('host/etc/ssl/certificate.pem', key('CERTIFICATE'));
      bench.write('host/etc/huge', '');
      truncateSync(join(bench.host, 'etc/huge'), 4 * 1024 * 1024 + 1);
      for (const name of ['hostname', 'hosts', 'machine-id', 'resolv.conf', 'mtab']) {
        bench.write(`host/etc/${name}`, 'the machine');
      }
      bench.write('host/etc/opt/hosts', 'of something else');
      const rootfs = await prepare('one');
      expect(inRootfs(rootfs, 'cd etc; find . -type f | sort')).toBe(
        './hostname\n./hosts\n./opt/hosts\n./passwd\n./resolv.conf\n./ssl/certificate.pem\n',
      );
      // Places for what each container gets of its own.
      expect(inRootfs(rootfs, 'cd etc; cat hostname hosts resolv.conf; readlink mtab')).toBe(
        '../proc/self/mounts\n',
      );
    });

    test('keeps owner, mode and time in /etc', async () => {
      bench.write('host/etc/owned/file', 'text', 0o4755);
      for (const path of ['etc/owned/file', 'etc/owned']) chownSync(join(bench.host, path), 5, 6);
      chmodSync(join(bench.host, 'etc/owned/file'), 0o4755);
      for (const path of ['etc/owned/file', 'etc/owned'])
        utimesSync(join(bench.host, path), 1, 1_000_000_000);
      const rootfs = await prepare('one');
      expect(inRootfs(rootfs, 'stat -c "%a %u:%g %Y" etc/owned etc/owned/file')).toBe(
        '755 5:6 1000000000\n4755 5:6 1000000000\n',
      );
    });

    test('does not show what comes into /etc later, the next one does', async () => {
      const one = await prepare('one');
      bench.write('host/etc/late', 'late');
      bench.write('host/etc/passwd', 'changed');
      expect(inRootfs(one, 'ls etc; cat etc/passwd')).toBe(
        'hostname\nhosts\nmtab\npasswd\nresolv.conf\nroot:x:0:0::/root:/bin/sh\n',
      );
      expect(inRootfs(await prepare('two'), 'ls etc; cat etc/passwd')).toBe(
        'hostname\nhosts\nlate\nmtab\npasswd\nresolv.conf\nchanged',
      );
      chmodSync(join(bench.host, 'etc/passwd'), 0o600);
      expect(inRootfs(await prepare('three'), 'ls etc')).toBe('hostname\nhosts\nlate\nmtab\nresolv.conf\n');
      expect(inRootfs(one, 'cat etc/passwd')).toBe('root:x:0:0::/root:/bin/sh\n');
    });

    test('never writes to the machine, nor to another snapshot', async () => {
      const [one, two] = await Promise.all([prepare('one'), prepare('two')]);
      inRootfs(one, 'echo new > usr/bin/tool; echo new > etc/passwd; rm bin; mkdir bin; echo > root/file');
      expect(inRootfs(two, 'cat usr/bin/tool etc/passwd; readlink bin; ls root')).toBe(
        'a toolroot:x:0:0::/root:/bin/sh\nusr/bin\n',
      );
      expect(readFileSync(join(bench.host, 'usr/bin/tool'), 'utf8')).toBe('a tool');
      expect(readFileSync(join(bench.host, 'etc/passwd'), 'utf8')).toBe('root:x:0:0::/root:/bin/sh\n');
      await bench.driver.remove('one');
      expect(inRootfs(two, 'cat usr/bin/tool')).toBe('a tool');
      expect(bench.leftOf('one')).toEqual([]);
    });

    test('is refused where the store would be seen in it', async () => {
      const inUsr = open(join(bench.host, 'usr/share/store'), bench.host);
      await expect(inUsr.prepare('one', { kind: 'host' })).rejects.toThrow('it contains the store');
    });

    test('does not depend on the umask of the caller', async () => {
      const umask = process.umask(0o077);
      const rootfs = await prepare('one').finally(() => process.umask(umask));
      expect(inRootfs(rootfs, 'stat -c "%a %n" . etc etc/hosts home tmp usr')).toBe(
        '755 .\n755 etc\n644 etc/hosts\n755 home\n1777 tmp\n755 usr\n',
      );
    });
  });

  test('programs of the real machine run in a snapshot of it', async () => {
    const rootfs = await open(bench.store, '/').prepare('one', { kind: 'host' });
    const script = 'touch /usr/bin/new /etc/new; ls -d /root/* /home/* /srv/* /boot; id -un';
    expect(inRootfs(rootfs, `chroot . /bin/sh -c '${script}' 2>/dev/null`)).toBe('root\n');
    expect(existsSync('/usr/bin/new') || existsSync('/etc/new')).toBe(false);
  });

  test('changes of a view of the host are told of all of its parts', async () => {
    bench.write('host/usr/bin/tool', 'a tool', 0o755);
    bench.write('host/usr/share/doc', 'text');
    bench.write('host/etc/passwd', 'root');
    const rootfs = await prepare('one');
    inRootfs(
      rootfs,
      'echo new > usr/bin/new; rm usr/share/doc; chmod 700 usr; echo > root/f; echo > etc/passwd',
    );
    const { list, open: openEntry } = bench.driver.changes(rootfs);
    expect(list.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'modified /etc/passwd',
      'added /root/f',
      'modified /usr',
      'added /usr/bin/new',
      'deleted /usr/share/doc',
    ]);
    const file = openEntry(Buffer.from('/usr/bin/new'));
    expect(fstatSync(file).size).toBe(4);
    closeSync(file);
  });

  test('a view of the host can be looked at as it was, whatever the machine has become', async () => {
    bench.write('host/usr/bin/tool', 'a tool', 0o755);
    bench.write('host/etc/passwd', 'root');
    const rootfs = await prepare('one');
    inRootfs(rootfs, 'echo new > usr/bin/new; rm usr/bin/tool; echo > root/f; echo > etc/passwd');
    bench.write('host/etc/late', 'late');
    await prepare('two');
    const looked = bench.driver.look('one', { kind: 'host' });
    expect(looked).toEqual(rootfs);
    const all = await withView(stacksOf(looked, { lower: true }), (old) =>
      withView(stacksOf(looked), (now) => ({
        changes: compareViews(old, now, []).map(({ kind, path }) => `${kind} ${path}`),
        below: [...old.paths()].map(String).filter((path) => /^.(usr|etc.passwd|etc.late)/.test(path)),
        now: [...now.paths()].map(String).filter((path) => /^.(usr|root)/.test(path)),
      })),
    );
    expect(all).toEqual({
      changes: ['modified /etc/passwd', 'added /root/f', 'added /usr/bin/new', 'deleted /usr/bin/tool'],
      below: ['/etc/passwd', '/usr', '/usr/bin', '/usr/bin/tool'],
      now: ['/root', '/root/f', '/usr', '/usr/bin', '/usr/bin/new'],
    });
  });
}

/** Of a driver that would have to copy the machine for each container. */
export function refusesHost(bench: StorageBench): void {
  test('a snapshot of the host is refused, and nothing is made', async () => {
    await expect(bench.driver.prepare('one', { kind: 'host' })).rejects.toMatchObject({
      code: 'SC_UNSUPPORTED',
      message: `storage driver "${bench.driver.name}" cannot show the machine itself (image: host)`,
      hint: expect.stringContaining('--storage-driver overlay'),
    });
    expect(existsSync(bench.store)).toBe(false);
  });
}
