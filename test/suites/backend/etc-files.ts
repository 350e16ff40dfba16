import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

const names = ['hostname', 'hosts', 'resolv.conf'];

/** Files of /etc that are the container's own, whatever its image has in their places. */
export function etcFilesSuite(bench: Bench): void {
  const { needs, run, sh } = bench;
  const inImage = (path: string) => join(bench.workshop.rootfs, path);
  const make = (path: string, text: string) => writeFileSync(inImage(path), text);

  /** Whether the container has written something there. */
  const isWritten = (path: string) => {
    const [scratch = ''] = readdirSync(bench.workshop.directory).filter((name) => name.startsWith('run-'));
    return (
      lstatSync(join(bench.workshop.directory, scratch, 'upper', path), { throwIfNoEntry: false }) !==
      undefined
    );
  };

  describe('files of /etc', () => {
    needs({
      'network.hostname': 'box.example.org',
      'network.hosts': { database: '10.0.0.7' },
      'network.dns.servers': ['9.9.9.9'],
    })('say the own name and how others are found', async () => {
      const network = {
        hostname: 'box.example.org',
        hosts: { database: '10.0.0.7' },
        dns: { servers: ['9.9.9.9'], search: ['example.org'], options: ['ndots:2'] },
      };
      const { stdout } = await sh('cd /etc; cat hostname hosts resolv.conf', { network });
      expect(stdout).toBe(
        'box.example.org\n127.0.0.1\tlocalhost\n::1\tlocalhost\tip6-localhost\tip6-loopback\n' +
          '127.0.1.1\tbox.example.org\tbox\n10.0.0.7\tdatabase\n' +
          'nameserver 9.9.9.9\nsearch example.org\noptions ndots:2\n',
      );
    });

    test('give the own name an address that answers, without any network', async () => {
      const network = { hostname: 'box.example.org' };
      // Who asks says nothing and does not hang up: whoever is to answer would leave before it has.
      const ask = 'busybox nc box 80 2>/dev/null <>/tmp/silence';
      const serve = `(echo answer | busybox nc -l -p 80) & busybox mkfifo /tmp/silence; until ${ask}; do sleep 0.05; done`;
      const { stdout } = await sh(`hostname -f; hostname -i; ${serve}`, { network });
      expect(stdout).toBe('box.example.org\n127.0.1.1\nanswer\n');
    });

    test('can be written to, and are no part of what the container writes', async () => {
      for (const name of names) make(`etc/${name}`, 'of the image');
      const script = `cd /etc; for f in ${names.join(' ')}; do echo mine >$f && cat $f; done; ls /dev/pts`;
      expect((await sh(script)).stdout).toBe('mine\nmine\nmine\nptmx\n');
      expect(isWritten('etc')).toBe(false);
      for (const name of names) expect(readFileSync(inImage(`etc/${name}`), 'utf8')).toBe('of the image');
    });

    test('belong to root and can be read by all', async () => {
      const { stdout } = await sh(`cd /etc; stat -c '%u:%g %a %F' ${names.join(' ')}`);
      expect(new Set(stdout.trim().split('\n'))).toEqual(
        new Set(['0:0 644 regular file', '0:0 644 regular empty file']),
      );
    });

    needs({ 'rootfs.readOnly': true })('are as read-only as the root filesystem', async () => {
      const { stderr } = await sh(`cd /etc; for f in ${names.join(' ')}; do echo mine >$f; done`, {
        rootfs: { readOnly: true },
      });
      expect(stderr.match(/Read-only file system/g)).toHaveLength(3);
    });

    test('are made where the image has no /etc', async () => {
      rmSync(inImage('etc'), { recursive: true });
      expect((await sh('cat /etc/hostname; stat -c %a /etc')).stdout).toBe('test\n755\n');
    });

    test.each([
      ['a link to nothing', (path: string) => symlinkSync('../run/systemd/resolve/stub-resolv.conf', path)],
      ['a link to a file of the host', (path: string) => symlinkSync('/etc/passwd', path)],
      ['a link to the null device', (path: string) => symlinkSync('/dev/null', path)],
      ['a link to itself', (path: string) => symlinkSync('hosts', path)],
      ['a link of /proc', (path: string) => symlinkSync('/proc/1/root/etc/hosts', path)],
      ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
      ['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '5'])],
      ['a file that nobody may read', (path: string) => writeFileSync(path, '', { mode: 0 })],
    ])('stand on %s, which is not followed', async (_, occupy) => {
      const passwd = readFileSync('/etc/passwd');
      occupy(inImage('etc/hosts'));
      const script =
        'echo mine >>/etc/hosts; head -n 1 /etc/hosts; tail -n 1 /etc/hosts; cat /etc/passwd; stat -c %t:%T /dev/null';
      const { stdout } = await sh(script.replace('tail', 'busybox tail'));
      const own = readFileSync(inImage('etc/passwd'), 'utf8');
      expect(stdout).toBe(`127.0.0.1\tlocalhost\nmine\n${own}1:3\n`);
      expect(readFileSync('/etc/passwd')).toEqual(passwd);
      expect(isWritten('etc/hosts')).toBe(false);
    });

    test('follow an /etc that is a link, within the image', async () => {
      const outside = join(bench.workshop.directory, 'outside');
      mkdirSync(outside);
      rmSync(inImage('etc'), { recursive: true });
      symlinkSync(outside, inImage('etc'));
      await expect(run(['true'])).rejects.toMatchObject({ errno: 'ENOENT', hint: expect.any(String) });
      mkdirSync(inImage(outside), { recursive: true });
      expect((await run(['cat', '/etc/hostname'])).stdout).toBe('test\n');
      expect(readdirSync(outside)).toEqual([]);
    });

    test('are refused where a directory stands, with what to do', async () => {
      mkdirSync(inImage('etc/hosts'));
      await expect(run(['true'])).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        message: expect.stringContaining('put /etc/hosts'),
        hint: 'make /etc/hosts of the image a file',
      });
    });

    test("give way to the user's own mounts, into which nothing is written", async () => {
      const source = join(bench.workshop.directory, 'source');
      mkdirSync(source);
      writeFileSync(join(source, 'mine'), 'mine\n');
      const file = {
        type: 'bind' as const,
        source: join(source, 'mine'),
        target: '/etc/hosts',
        readOnly: true,
      };
      expect((await run(['cat', '/etc/hosts'], { mounts: [file] })).stdout).toBe('mine\n');
      const directory = { type: 'bind' as const, source, target: '/etc', readOnly: false };
      expect((await run(['ls', '/etc'], { mounts: [directory] })).stdout).toBe('mine\n');
      expect(readdirSync(source)).toEqual(['mine']);
    });

    test('hold no more than the small filesystem that they are in', async () => {
      const { stdout } = await sh(
        'dd if=/dev/zero of=/etc/hosts bs=1M count=128 2>/dev/null; wc -c </etc/hosts',
      );
      expect(Number(stdout)).toBeLessThanOrEqual(64 * 1024 * 1024);
    });
  });

  needs({ 'network.domainName': 'example.org' })('the domain name is set where it is declared', async () => {
    const domain = 'cat /proc/sys/kernel/domainname';
    expect((await sh(domain, { network: { domainName: 'example.org' } })).stdout).toBe('example.org\n');
    expect((await sh(domain)).stdout).toBe(readFileSync('/proc/sys/kernel/domainname', 'utf8'));
  });
}
