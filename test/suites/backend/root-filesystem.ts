import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

/** First number on the host of users and groups in a user namespace. */
const BASE = 524288;

/** What stands below the root, and that nothing written there reaches the image or the host. */
export function rootFilesystemSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('root filesystem', () => {
    test('writes do not reach the image', async () => {
      await sh('echo changed >/etc/passwd; touch /new; rm /etc/group');
      expect(readFileSync(join(bench.workshop.rootfs, 'etc/passwd'), 'utf8')).toMatch(/^root:/);
      expect(readdirSync(bench.workshop.rootfs).sort()).toEqual(['bin', 'etc', 'root', 'tmp']);
    });

    needs({ 'rootfs.readOnly': true, 'mounts[].tmpfs': true })(
      'a read-only one refuses writes with EROFS, but not to tmpfs',
      async () => {
        const mounts = [
          { type: 'tmpfs' as const, target: '/scratch', size: 1 << 20, mode: 0o1777, readOnly: false },
        ];
        const { stderr, exit } = await sh('touch /scratch/x && touch /x', {
          rootfs: { readOnly: true },
          mounts,
        });
        expect(exit.code).toBe(1);
        expect(stderr).toBe('touch: /x: Read-only file system\n');
      },
    );

    test('the old root and the paths of the host are gone', async () => {
      const { stdout } = await sh('cat /proc/self/mountinfo; ls /');
      expect(stdout).not.toContain(bench.workshop.directory);
      expect(stdout).not.toContain('ext4');
    });

    test('a device node of the image opens nothing', async () => {
      execFileSync('mknod', [join(bench.workshop.rootfs, 'null'), 'c', '1', '3']);
      expect((await sh('cat /null')).stderr).toContain('Permission denied');
    });

    test('mounts have exactly these flags', async () => {
      const { stdout } = await run(['cat', '/proc/self/mounts']);
      // Kernels are built with different defaults.
      const vary = ['relatime', 'inode64', 'uid=0', 'gid=0'];
      // In a user namespace owners show as they are on the host.
      const inside = (option: string) =>
        option.replace(/^([ug]id)=(\d+)$/, (_, name, id) => `${name}=${id - (id < BASE ? 0 : BASE)}`);
      const flags = new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => {
            const [, target = '', type, options = ''] = line.split(' ');
            return [
              target,
              [
                type,
                ...options
                  .split(',')
                  .map(inside)
                  .filter((option) => !vary.includes(option)),
              ].join(' '),
            ];
          }),
      );
      expect(flags.get('/proc')).toBe('proc rw nosuid nodev noexec');
      expect(flags.get('/dev')).toBe('tmpfs rw nosuid size=65536k mode=755');
      expect(flags.get('/dev/pts')).toBe('devpts rw nosuid noexec gid=5 mode=620 ptmxmode=666');
      expect(flags.get('/dev/shm')).toBe('tmpfs rw nosuid nodev noexec size=65536k');
      expect(flags.get('/dev/mqueue')).toBe('mqueue rw nosuid nodev noexec');
      expect(flags.get('/sys')).toBe('sysfs ro nosuid nodev noexec');
      expect(flags.get('/sys/fs/cgroup')).toMatch(/^(tmpfs|cgroup2) ro nosuid nodev noexec/);
      expect(flags.get('/proc/sys')).toBe('proc ro nosuid nodev noexec');
      expect(flags.get('/')).toMatch(/^overlay rw nodev/);
    });

    test('/dev has the devices and links of the specification', async () => {
      const script =
        'cd /dev; for d in null zero full random urandom tty; do stat -c "%n %t:%T %a" $d; done; for l in fd stdin stdout stderr ptmx; do echo $l $(readlink $l); done; stat -c "%n %a" shm pts/ptmx';
      expect((await sh(script)).stdout).toBe(
        'null 1:3 666\nzero 1:5 666\nfull 1:7 666\nrandom 1:8 666\nurandom 1:9 666\ntty 5:0 666\n' +
          'fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx\n' +
          'shm 1777\npts/ptmx 666\n',
      );
    });

    test.each(['dev', 'proc', 'sys'])('an image whose /%s is a link to the host is refused', async (name) => {
      const target = join(bench.workshop.directory, 'target');
      mkdirSync(target);
      symlinkSync(target, join(bench.workshop.rootfs, name));
      await expect(run(['true'])).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        hint: expect.stringContaining(`/${name} of the image`),
      });
      expect(readdirSync(target)).toEqual([]);
      // Who follows the path is on the host.
      mkdirSync(join(bench.workshop.rootfs, name, 'shm'));
      expect(readdirSync(target)).toEqual(['shm']);
    });

    test('an image whose /dev is a file is refused', async () => {
      writeFileSync(join(bench.workshop.rootfs, 'dev'), '');
      await expect(run(['true'])).rejects.toMatchObject({ code: 'SC_START_FAILED', errno: 'ENOTDIR' });
    });
  });
}
