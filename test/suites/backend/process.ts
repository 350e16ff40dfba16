import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inheritable } from '../../support/descriptors.ts';
import type { Bench } from './bench.ts';

/** The program and what it is given: arguments, environment, descriptors, user, working directory. */
export function processSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('process', () => {
    test('the program is pid 1 and sees no process but its own', async () => {
      const { stdout } = await sh('echo $$ /proc/[0-9]*');
      expect(stdout).toBe('1 /proc/1\n');
    });

    test.each([0, 1, 3, 255])('exit code %i passes through', async (code) => {
      expect((await sh(`exit ${code}`)).exit).toEqual({ code, cause: 'exit' });
    });

    test('gets exactly the arguments and the environment that it is given', async () => {
      const environment = ['PATH=/bin', 'EMPTY=', 'SPACE=a b', 'EQUALS=a=b'];
      const { stdout } = await run(['env', '-u', 'PWD'], {}, { environment });
      expect(stdout.trim().split('\n')).toEqual(environment);
      const strange = ['', ' ', '"', '$HOME', '\\', 'é', '\n'];
      const { stdout: args } = await run(['sh', '-c', 'printf "[%s]" "$@"', 'sh', ...strange]);
      expect(args).toBe(strange.map((arg) => `[${arg}]`).join(''));
    });

    test('has only descriptors 0 to 2, whatever the caller has open', async () => {
      const opened = Array.from({ length: 16 }, () => openSync('/etc/passwd', 'r'));
      try {
        for (const fd of opened) inheritable(fd);
        const list = 'for fd in $(seq 0 200); do test -e /proc/$$/fd/$fd && echo $fd; done; true';
        const { stdout } = await sh(list);
        expect(stdout.trim().split('\n')).toEqual(['0', '1', '2']);
        // Any other program that is started now has them.
        const inherited = execFileSync('sh', ['-c', list], { encoding: 'utf8' }).trim().split('\n');
        expect(inherited).toEqual(expect.arrayContaining(opened.map(String)));
      } finally {
        for (const fd of opened) closeSync(fd);
      }
    });

    test('a program is looked for in the PATH of the container', async () => {
      mkdirSync(join(bench.workshop.rootfs, 'opt'));
      writeFileSync(join(bench.workshop.rootfs, 'opt/tool'), '#!/bin/sh\necho found\n', { mode: 0o755 });
      const environment = ['PATH=/nowhere:/etc/passwd:/opt'];
      expect((await run(['tool'], {}, { environment })).stdout).toBe('found\n');
    });

    test.each([
      ['nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
      ['/bin/nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
      ['/etc/passwd/x', 'SC_PROGRAM_NOT_FOUND', 'ENOTDIR'],
      ['/etc', 'SC_NOT_EXECUTABLE', 'EACCES'],
      ['/etc/passwd', 'SC_NOT_EXECUTABLE', 'EACCES'],
      ['/bin/empty', 'SC_NOT_EXECUTABLE', 'ENOEXEC'],
      ['denied', 'SC_NOT_EXECUTABLE', 'EACCES'],
    ])('"%s" is %s by %s', async (program, code, errno) => {
      writeFileSync(join(bench.workshop.rootfs, 'bin/empty'), 'nonsense', { mode: 0o755 });
      writeFileSync(join(bench.workshop.rootfs, 'bin/denied'), '#!/bin/sh\n', { mode: 0o644 });
      await expect(run([program])).rejects.toMatchObject({ code, errno });
    });

    needs({ 'process.user': '1000:1000', 'process.additionalGroups': ['29', '44'] })(
      'runs as the user with exactly the groups',
      async () => {
        const identity = { uid: 1000, gid: 1000, groups: [29, 44], home: '/' };
        const { stdout } = await sh('id -u; id -g; id -G; grep CapEff /proc/self/status', {}, { identity });
        expect(stdout.split('\n').slice(0, 4)).toEqual([
          '1000',
          '1000',
          '1000 29 44',
          'CapEff:\t0000000000000000',
        ]);
      },
    );

    needs({ 'process.umask': '0077' })('the umask is set', async () => {
      expect((await sh('umask; touch /x; stat -c %a /x', { process: { umask: 0o077 } })).stdout).toBe(
        '0077\n600\n',
      );
    });

    needs({ 'resources.rlimits.nofile': { soft: 100, hard: 200 } })('rlimits are exact', async () => {
      const rlimits = [{ name: 'nofile', soft: 100, hard: 200 }];
      const { stdout } = await sh('ulimit -Sn; ulimit -Hn', { resources: { rlimits } });
      expect(stdout).toBe('100\n200\n');
    });
  });

  describe('working directory', () => {
    needs({ 'process.cwd': '/new/deep' })('is made where it is missing', async () => {
      const { stdout } = await sh('pwd; stat -c "%a %u" /new /new/deep', { process: { cwd: '/new/deep' } });
      expect(stdout).toBe('/new/deep\n755 0\n755 0\n');
    });

    test('a link of the image that points out of it stays inside', async () => {
      symlinkSync('../../../../../../etc', join(bench.workshop.rootfs, 'link'));
      const { stdout } = await sh('pwd -P; ls', { process: { cwd: '/link' } });
      expect(stdout).toBe('/etc\ngroup\nhostname\nhosts\npasswd\nresolv.conf\n');
    });

    test.each(['/proc/self/fd/7', '/proc/1/root', '/link/7', '/proc/self/cwd'])(
      '"%s" is refused',
      async (cwd) => {
        symlinkSync('/proc/self/fd', join(bench.workshop.rootfs, 'link'));
        await expect(run(['pwd'], { process: { cwd } })).rejects.toMatchObject({ code: 'SC_START_FAILED' });
      },
    );
  });
}
