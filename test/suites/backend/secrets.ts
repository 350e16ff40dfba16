import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { SecretSpec } from '../../../src/schema/container-spec.ts';
import type { Bench } from './bench.ts';

const TEXT = 'correct horse battery staple';

/** Files that are kept in memory only. */
export function secretsSuite(bench: Bench): void {
  const { needs, run, sh } = bench;
  const user = { uid: 1000, gid: 1000, groups: [], home: '/' };

  /** A secret from a file of the host that only root may read. */
  function secret(name = 'password', changes: Partial<SecretSpec> = {}): SecretSpec {
    const source = join(bench.workshop.directory, `${name}.txt`);
    writeFileSync(source, TEXT, { mode: 0o600 });
    return { name, source, target: `/run/secrets/${name}`, mode: 0o400, ...changes };
  }
  const secrets = (...list: SecretSpec[]) => ({ security: { secrets: list } });

  describe('secrets', () => {
    const test = needs({
      'security.secrets[].name': 'password',
      'security.secrets[].source': './password.txt',
    });

    test.each([0, 1000])('belong to user %i, who can read and not write them', async (uid) => {
      const script =
        'cd /run/secrets; cat password; stat -c " %u:%g %a" password; echo x >password; chmod 777 password; rm password; touch x';
      const identity = { ...user, uid, gid: uid };
      const { stdout, stderr } = await sh(script, secrets(secret()), { identity });
      expect(stdout).toBe(`${TEXT} ${uid}:${uid} 400\n`);
      expect(stderr.match(/Read-only file system/g)).toHaveLength(4);
    });

    test('are shown to nobody else', async () => {
      const other = "busybox su -s /bin/sh user -c 'cat /run/secrets/password'";
      const { stdout, stderr } = await sh(other, secrets(secret()));
      expect({ stdout, stderr }).toEqual({
        stdout: '',
        stderr: expect.stringContaining('Permission denied'),
      });
    });

    test('are in memory, with no rights by their mode', async () => {
      const list = [secret(), secret('key', { target: '/etc/key.pem', mode: 0o4755 })];
      const script = "grep -E ' (/run/secrets|/etc/key.pem) ' /proc/self/mounts | cut -d' ' -f2-4";
      const { stdout } = await sh(script, secrets(...list));
      for (const target of ['/run/secrets', '/etc/key.pem'])
        expect(stdout).toMatch(new RegExp(`^${target} tmpfs ro,nosuid,nodev,noexec,`, 'm'));
    });

    test('are never swapped out where the kernel can keep them, from Linux 6.4 on', async () => {
      const { stdout } = await run(['grep', '/run/secrets', '/proc/self/mounts'], secrets(secret()));
      const [major = 0, minor = 0] = release().split('.').map(Number);
      expect(/,noswap/.test(stdout)).toBe(major > 6 || (major === 6 && minor >= 4));
    });

    test('stand where they are wanted, and nowhere else', async () => {
      const list = [
        secret('one'),
        secret('two', { target: '/run/secrets/renamed', mode: 0o440 }),
        secret('own', { target: '/srv/deep/key', mode: 0o444 }),
      ];
      const script = 'cd /run/secrets; for f in * /srv/deep/*; do echo $f $(stat -c %a $f) $(cat $f); done';
      const { stdout } = await sh(script, secrets(...list));
      expect(stdout).toBe(`one 400 ${TEXT}\nrenamed 440 ${TEXT}\n/srv/deep/key 444 ${TEXT}\n`);
    });

    test('leave no word of them on the host, in what the container writes or in what it is told', async () => {
      const list = [secret(), secret('own', { target: '/srv/key' })];
      const { stdout } = await sh(
        'cat /proc/self/mountinfo /proc/1/environ /proc/1/cmdline',
        secrets(...list),
      );
      expect(stdout).not.toContain(TEXT);
      for (const { source } of list) execFileSync('rm', [source]);
      expect(grep(bench.workshop.directory)).toBe('');
    });

    test('are as long as their files, from nothing to the limit', async () => {
      const list = [secret('empty'), secret('long')];
      writeFileSync(list[0]?.source ?? '', '');
      writeFileSync(list[1]?.source ?? '', 'x'.repeat(512 * 1024));
      expect((await sh('wc -c </run/secrets/empty; wc -c </run/secrets/long', secrets(...list))).stdout).toBe(
        '0\n524288\n',
      );
    });

    test.each([
      ['is not there', (path: string) => execFileSync('rm', [path]), 'it does not exist'],
      [
        'is too large',
        (path: string) => appendFileSync(path, 'x'.repeat(512 * 1024)),
        'it is larger than 524288',
      ],
      [
        'is a directory',
        (path: string) => execFileSync('sh', ['-c', `rm ${path}; mkdir ${path}`]),
        'it is not a regular file',
      ],
      [
        'is a FIFO',
        (path: string) => execFileSync('sh', ['-c', `rm ${path}; mkfifo ${path}`]),
        'it is not a regular file',
      ],
    ])('whose source %s are refused', async (_, change, why) => {
      const one = secret();
      change(one.source);
      await expect(run(['true'], secrets(one))).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        message: expect.stringContaining(`read secret "password" from "${one.source}": ${why}`),
        hint: expect.any(String),
      });
    });

    test('follow no link of the image out of it, and cover neither /proc nor the root', async () => {
      const { directory, rootfs } = bench.workshop;
      const outside = join(directory, 'outside');
      mkdirSync(outside);
      mkdirSync(join(rootfs, 'run'));
      symlinkSync(outside, join(rootfs, 'run/secrets'));
      await expect(run(['true'], secrets(secret()))).rejects.toMatchObject({ errno: 'ENOENT' });
      for (const target of ['/proc', '/']) {
        execFileSync('ln', ['-sfn', target, join(rootfs, 'run/secrets')]);
        await expect(run(['true'], secrets(secret()))).rejects.toMatchObject({ code: 'SC_START_FAILED' });
      }
      expect(readdirSync(outside)).toEqual([]);
    });

    test("stand on the user's own mounts, and with a read-only root", async () => {
      const tmpfs = {
        type: 'tmpfs' as const,
        target: '/run',
        size: 65536,
        mode: 0o755,
        exec: false,
        readOnly: false,
      };
      const changes = { ...secrets(secret()), mounts: [tmpfs], rootfs: { readOnly: true } };
      expect((await run(['cat', '/run/secrets/password'], changes)).stdout).toBe(TEXT);
    });

    test('are read anew at each start', async () => {
      const one = secret();
      await run(['cat', one.target], secrets(one));
      chmodSync(one.source, 0o600);
      writeFileSync(one.source, 'another');
      expect((await run(['cat', one.target], secrets(one))).stdout).toBe('another');
    });
  });
}

/** Files below a directory that say it. */
function grep(directory: string): string {
  try {
    return execFileSync('grep', ['-rl', TEXT, directory], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
