import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { layered } from '../../support/layered.ts';
import type { Bench } from './bench.ts';

/** What of the host is shown, and where. */
export function mountsSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('mounts', () => {
    const testBind = needs({ 'mounts[].bind': '/srv', 'mounts[].target': '/x' });
    const testTmpfs = needs({ 'mounts[].tmpfs': true, 'mounts[].size': '4Ki' });
    const bind = (source: string, target: string, readOnly = false) => ({
      mounts: [{ type: 'bind' as const, source, target, readOnly }],
    });

    testBind('a directory of the host, to be written', async () => {
      const source = join(bench.workshop.directory, 'data');
      mkdirSync(source);
      await sh('echo hi >/deep/er/file', bind(source, '/deep/er'));
      expect(readFileSync(join(source, 'file'), 'utf8')).toBe('hi\n');
    });

    testBind('hundreds of directories, over a root filesystem of hundreds of layers', async () => {
      const source = join(bench.workshop.directory, 'data');
      mkdirSync(source);
      writeFileSync(join(source, 'file'), '');
      const mounts = Array.from({ length: 200 }, (_, index) => ({
        type: 'bind' as const,
        source,
        target: `/mnt/${index}`,
        readOnly: false,
      }));
      const { stdout, stderr } = await sh(
        'find /mnt -name file | wc -l; cat /layers/top; rm /layers/0; ls /layers | wc -l',
        { mounts },
        layered(bench.workshop, 130).request,
      );
      expect(stdout + stderr).toBe('200\n0129\n');
    });

    needs({ 'mounts[].bind': '/srv/file', 'mounts[].readOnly': true })(
      'a file of the host, read-only',
      async () => {
        const source = join(bench.workshop.directory, 'file');
        writeFileSync(source, 'content');
        const { stdout, stderr } = await sh(
          'cat /etc/own/file; echo x >/etc/own/file',
          bind(source, '/etc/own/file', true),
        );
        expect(stdout).toBe('content');
        expect(stderr).toContain('Read-only file system');
      },
    );

    testBind('a missing source is an error that names it', async () => {
      await expect(run(['true'], bind('/nonexistent/x', '/x'))).rejects.toMatchObject({
        message: expect.stringContaining('"/nonexistent/x"'),
        errno: 'ENOENT',
      });
    });

    testTmpfs('a link of the image at the target stays inside of it', async () => {
      const outside = join(bench.workshop.directory, 'outside');
      mkdirSync(outside);
      symlinkSync(outside, join(bench.workshop.rootfs, 'link'));
      mkdirSync(join(bench.workshop.rootfs, outside), { recursive: true });
      await sh('touch /link/file', {
        mounts: [{ type: 'tmpfs', target: '/link', size: 4096, mode: 0o755, readOnly: false }],
      });
      expect(readdirSync(outside)).toEqual([]);
    });

    testBind.each(['/proc/self/attr', '/proc', '/link/attr', '/proc/sys'])(
      'nothing may be mounted on "%s"',
      async (target) => {
        symlinkSync('/proc/self', join(bench.workshop.rootfs, 'link'));
        await expect(run(['true'], bind('/etc', target))).rejects.toMatchObject({
          code: 'SC_START_FAILED',
        });
      },
    );

    testTmpfs('those nearer to the root come first', async () => {
      const mounts = ['/a/b/c', '/a', '/a/b'].map((target) => ({
        type: 'tmpfs' as const,
        target,
        size: 4096,
        mode: 0o755,
        readOnly: false,
      }));
      const { stdout } = await sh("grep ' /a' /proc/self/mounts | cut -d' ' -f2", { mounts });
      expect(stdout).toBe('/a\n/a/b\n/a/b/c\n');
    });
  });
}
