import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Backend, LaunchRequest } from '../../src/backend/backend.ts';
import type { DeclaredFeatures } from '../../src/backend/features.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import { makeWorkshop, type Outcome, spec, start } from '../support/containers.ts';
import { inheritable } from '../support/descriptors.ts';
import { expectNoLeaks, snapshotHost } from '../support/leak-check.ts';
import { clocksSuite } from './backend/clocks.ts';
import { deadlineSuite } from './backend/deadline.ts';
import { etcFilesSuite } from './backend/etc-files.ts';
import { initSuite } from './backend/init.ts';
import { isolationSuite } from './backend/isolation.ts';
import { secretsSuite } from './backend/secrets.ts';
import { streamsSuite } from './backend/streams.ts';
import { needsOf } from './needs.ts';

type Changes = Parameters<typeof spec>[1];

function withSecurity(container: ContainerSpec, security: Partial<ContainerSpec['security']>): ContainerSpec {
  return { ...container, security: { ...container.security, ...security } };
}

/** First number on the host of users and groups in a user namespace. */
const BASE = 524288;

/** What every backend must do with a container, whatever it is made of. */
export function backendSuite(
  name: string,
  open: (root: string) => Promise<Backend>,
  /** What it declares: cases that need anything else are skipped, and no others. */
  features: DeclaredFeatures,
  /** Of every container in place of the defaults of `spec`. */
  security: Partial<ContainerSpec['security']> = {},
): void {
  describe(`backend ${name}`, () => {
    let workshop: ReturnType<typeof makeWorkshop>;
    let backend: Backend;
    let before: ReturnType<typeof snapshotHost>;

    beforeEach(async () => {
      before = snapshotHost();
      workshop = makeWorkshop();
      backend = await open(join(workshop.directory, 'sc'));
    });

    afterEach(async () => {
      workshop.remove();
      await expectNoLeaks(before);
    });

    const launch = (args: string[], changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
      start(backend, workshop, withSecurity(spec(args, changes), security), request);
    const run = async (args: string[], changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
      (await launch(args, changes, request)).outcome();
    const sh = (script: string, changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
      run(['sh', '-c', script], changes, request);
    const lines = (outcome: Outcome) => outcome.stdout.trim().split('\n');

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
        mkdirSync(join(workshop.rootfs, 'opt'));
        writeFileSync(join(workshop.rootfs, 'opt/tool'), '#!/bin/sh\necho found\n', { mode: 0o755 });
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
        writeFileSync(join(workshop.rootfs, 'bin/empty'), 'nonsense', { mode: 0o755 });
        writeFileSync(join(workshop.rootfs, 'bin/denied'), '#!/bin/sh\n', { mode: 0o644 });
        await expect(run([program])).rejects.toMatchObject({ code, errno });
      });

      test('runs as the user with exactly the groups', async () => {
        const identity = { uid: 1000, gid: 1000, groups: [29, 44], home: '/' };
        const { stdout } = await sh('id -u; id -g; id -G; grep CapEff /proc/self/status', {}, { identity });
        expect(stdout.split('\n').slice(0, 4)).toEqual([
          '1000',
          '1000',
          '1000 29 44',
          'CapEff:\t0000000000000000',
        ]);
      });

      test('the umask is set', async () => {
        expect((await sh('umask; touch /x; stat -c %a /x', { process: { umask: 0o077 } })).stdout).toBe(
          '0077\n600\n',
        );
      });

      test('rlimits are exact', async () => {
        const rlimits = [{ name: 'nofile', soft: 100, hard: 200 }];
        const { stdout } = await sh('ulimit -Sn; ulimit -Hn', { resources: { rlimits } });
        expect(stdout).toBe('100\n200\n');
      });
    });

    describe('working directory', () => {
      test('is made where it is missing', async () => {
        const { stdout } = await sh('pwd; stat -c "%a %u" /new /new/deep', { process: { cwd: '/new/deep' } });
        expect(stdout).toBe('/new/deep\n755 0\n755 0\n');
      });

      test('a link of the image that points out of it stays inside', async () => {
        symlinkSync('../../../../../../etc', join(workshop.rootfs, 'link'));
        const { stdout } = await sh('pwd -P; ls', { process: { cwd: '/link' } });
        expect(stdout).toBe('/etc\ngroup\nhostname\nhosts\npasswd\nresolv.conf\n');
      });

      test.each(['/proc/self/fd/7', '/proc/1/root', '/link/7', '/proc/self/cwd'])(
        '"%s" is refused',
        async (cwd) => {
          symlinkSync('/proc/self/fd', join(workshop.rootfs, 'link'));
          await expect(run(['pwd'], { process: { cwd } })).rejects.toMatchObject({ code: 'SC_START_FAILED' });
        },
      );
    });

    describe('signals', () => {
      test('SIGTERM reaches the program', async () => {
        const running = await launch([
          'sh',
          '-c',
          'trap "echo got it; exit 7" TERM; echo ready; while :; do sleep 0.05; done',
        ]);
        await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 5000);
        running.handle.kill(15);
        expect(await running.outcome()).toMatchObject({
          exit: { code: 7, cause: 'exit' },
          stdout: 'ready\ngot it\n',
        });
      });

      test('SIGKILL ends it with 137', async () => {
        const running = await launch(['sleep', '1000']);
        running.handle.kill(9);
        expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
      });

      test('real-time signals to the caller reach the program', async () => {
        const running = await launch([
          'sh',
          '-c',
          'trap "exit 9" RTMIN+3 || trap "exit 9" 37; echo ready; while :; do sleep 0.05; done',
        ]);
        await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 5000);
        const stop = running.handle.relayRealTimeSignals();
        process.kill(process.pid, 37);
        expect((await running.outcome()).exit).toEqual({ code: 9, cause: 'exit' });
        stop();
      });

      test('no signal is blocked or ignored at the start', async () => {
        const { stdout } = await run(['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']);
        expect(stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
      });

      test('a kill after the end does nothing', async () => {
        const running = await launch(['true']);
        await running.outcome();
        expect(() => running.handle.kill(9)).not.toThrow();
      });
    });

    describe('namespaces', () => {
      test('are all its own', async () => {
        const kinds = ['pid', 'mnt', 'uts', 'ipc', 'net', 'cgroup'];
        const { stdout } = await sh(`for kind in ${kinds.join(' ')}; do readlink /proc/self/ns/$kind; done`);
        const host = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
        expect(lines({ stdout } as Outcome).filter((link) => host.includes(link))).toEqual([]);
        expect(stdout.trim().split('\n')).toHaveLength(kinds.length);
      });

      test('the hostname is its own', async () => {
        expect((await run(['hostname'], { network: { hostname: 'own-name' } })).stdout).toBe('own-name\n');
      });

      test('the network is lo, up, without routes', async () => {
        const { stdout } = await sh(
          'ls /sys/class/net; cat /sys/class/net/lo/flags; cat /proc/net/route | wc -l; ip -o addr | grep -c 127.0.0.1',
        );
        expect(stdout).toBe('lo\n0x9\n1\n1\n');
      });

      test('the control group is a root of its own', async () => {
        const { stdout } = await run(['cat', '/proc/self/cgroup']);
        for (const line of stdout.trim().split('\n')) expect(line).toMatch(/:\/$/);
      });
    });

    describe('root filesystem', () => {
      test('writes do not reach the image', async () => {
        await sh('echo changed >/etc/passwd; touch /new; rm /etc/group');
        expect(readFileSync(join(workshop.rootfs, 'etc/passwd'), 'utf8')).toMatch(/^root:/);
        expect(readdirSync(workshop.rootfs).sort()).toEqual(['bin', 'etc', 'root', 'tmp']);
      });

      test('a read-only one refuses writes with EROFS, but not to tmpfs', async () => {
        const mounts = [
          { type: 'tmpfs' as const, target: '/scratch', size: 1 << 20, mode: 0o1777, readOnly: false },
        ];
        const { stderr, exit } = await sh('touch /scratch/x && touch /x', {
          rootfs: { readOnly: true },
          mounts,
        });
        expect(exit.code).toBe(1);
        expect(stderr).toBe('touch: /x: Read-only file system\n');
      });

      test('the old root and the paths of the host are gone', async () => {
        const { stdout } = await sh('cat /proc/self/mountinfo; ls /');
        expect(stdout).not.toContain(workshop.directory);
        expect(stdout).not.toContain('ext4');
      });

      test('a device node of the image opens nothing', async () => {
        execFileSync('mknod', [join(workshop.rootfs, 'null'), 'c', '1', '3']);
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

      test.each(['dev', 'proc', 'sys'])(
        'an image whose /%s is a link to the host is refused',
        async (name) => {
          const target = join(workshop.directory, 'target');
          mkdirSync(target);
          symlinkSync(target, join(workshop.rootfs, name));
          await expect(run(['true'])).rejects.toMatchObject({
            code: 'SC_START_FAILED',
            hint: expect.stringContaining(`/${name} of the image`),
          });
          expect(readdirSync(target)).toEqual([]);
          // Who follows the path is on the host.
          mkdirSync(join(workshop.rootfs, name, 'shm'));
          expect(readdirSync(target)).toEqual(['shm']);
        },
      );

      test('an image whose /dev is a file is refused', async () => {
        writeFileSync(join(workshop.rootfs, 'dev'), '');
        await expect(run(['true'])).rejects.toMatchObject({ code: 'SC_START_FAILED', errno: 'ENOTDIR' });
      });
    });

    describe('mounts', () => {
      const bind = (source: string, target: string, readOnly = false) => ({
        mounts: [{ type: 'bind' as const, source, target, readOnly }],
      });

      test('a directory of the host, to be written', async () => {
        const source = join(workshop.directory, 'data');
        mkdirSync(source);
        await sh('echo hi >/deep/er/file', bind(source, '/deep/er'));
        expect(readFileSync(join(source, 'file'), 'utf8')).toBe('hi\n');
      });

      test('a file of the host, read-only', async () => {
        const source = join(workshop.directory, 'file');
        writeFileSync(source, 'content');
        const { stdout, stderr } = await sh(
          'cat /etc/own/file; echo x >/etc/own/file',
          bind(source, '/etc/own/file', true),
        );
        expect(stdout).toBe('content');
        expect(stderr).toContain('Read-only file system');
      });

      test('a missing source is an error that names it', async () => {
        await expect(run(['true'], bind('/nonexistent/x', '/x'))).rejects.toMatchObject({
          message: expect.stringContaining('"/nonexistent/x"'),
          errno: 'ENOENT',
        });
      });

      test('a link of the image at the target stays inside of it', async () => {
        const outside = join(workshop.directory, 'outside');
        mkdirSync(outside);
        symlinkSync(outside, join(workshop.rootfs, 'link'));
        mkdirSync(join(workshop.rootfs, outside), { recursive: true });
        await sh('touch /link/file', {
          mounts: [{ type: 'tmpfs', target: '/link', size: 4096, mode: 0o755, readOnly: false }],
        });
        expect(readdirSync(outside)).toEqual([]);
      });

      test.each(['/proc/self/attr', '/proc', '/link/attr', '/proc/sys'])(
        'nothing may be mounted on "%s"',
        async (target) => {
          symlinkSync('/proc/self', join(workshop.rootfs, 'link'));
          await expect(run(['true'], bind('/etc', target))).rejects.toMatchObject({
            code: 'SC_START_FAILED',
          });
        },
      );

      test('those nearer to the root come first', async () => {
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

    describe('resources', () => {
      test('more memory than allowed ends it with 137 and cause oom', async () => {
        const { exit } = await run(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'], {
          resources: { memory: 16 << 20 },
        });
        expect(exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
      });

      test('more processes than allowed are refused', async () => {
        const { stderr } = await sh('for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait', {
          resources: { pids: 4 },
        });
        expect(stderr).toMatch(/can't fork/);
      });
    });

    describe('security', () => {
      test('eleven capabilities, none inheritable or ambient, no_new_privs and a filter', async () => {
        const { stdout } = await run(['grep', '-E', 'Cap|NoNewPrivs|Seccomp:', '/proc/self/status']);
        const mask = '00000000800405fb';
        const zero = '0000000000000000';
        expect(stdout).toBe(
          `CapInh:\t${zero}\nCapPrm:\t${mask}\nCapEff:\t${mask}\nCapBnd:\t${mask}\nCapAmb:\t${zero}\nNoNewPrivs:\t1\nSeccomp:\t2\n`,
        );
      });

      test('without no_new_privs the filter is there all the same', async () => {
        const { stdout } = await run(['grep', '-E', 'NoNewPrivs|Seccomp:', '/proc/self/status'], {
          security: { noNewPrivileges: false },
        });
        expect(stdout).toBe('NoNewPrivs:\t0\nSeccomp:\t2\n');
      });

      test('masked paths are empty, and what is read-only stays so', async () => {
        const { stdout, stderr } = await sh(
          'cat /proc/keys /proc/interrupts /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/panic',
        );
        expect(stdout).toBe('0\n0\n');
        expect(stderr).toContain('/proc/sys/kernel/panic: Read-only file system');
      });

      test('a program whose interpreter is /proc/self/exe gets no binary of the host', async () => {
        writeFileSync(join(workshop.rootfs, 'bin/trap'), '#!/proc/self/exe\n', { mode: 0o755 });
        await expect(run(['/bin/trap'])).rejects.toMatchObject({
          code: 'SC_NOT_EXECUTABLE',
          errno: 'EACCES',
        });
      });

      test('mounts, namespaces and devices cannot be made', async () => {
        const { stderr } = await sh('mount -t tmpfs x /tmp; mknod /tmp/null c 1 3');
        expect(stderr).toMatch(/mount.*(denied|permitted)/);
        expect(stderr).toMatch(/mknod.*not permitted/);
      });
    });

    describe('terminal', () => {
      test('is the controlling terminal, the console and all three streams', async () => {
        const running = await launch(
          [
            'sh',
            '-c',
            'test -t 0 && test -t 1 && test -t 2 && tty && stty size && stat -c %t:%T /dev/console && echo ok >/dev/tty',
          ],
          { terminal: { tty: true } },
          { windowSize: { rows: 33, columns: 111 } },
        );
        const { ReadStream } = await import('node:tty');
        const master = new ReadStream(running.handle.terminal ?? -1);
        let output = '';
        master.on('data', (chunk) => {
          output += chunk;
        });
        master.on('error', () => master.destroy());
        expect((await running.outcome()).exit).toEqual({ code: 0, cause: 'exit' });
        await vi.waitFor(() => expect(output).toBe('/dev/pts/0\r\n33 111\r\n88:0\r\nok\r\n'), 2000);
        master.destroy();
      });
    });

    describe('the keeper', () => {
      test('records the end for who comes later', async () => {
        const recordDirectory = join(workshop.directory, 'record');
        mkdirSync(recordDirectory);
        await sh('exit 5', {}, { recordDirectory });
        expect(backend.readExit(recordDirectory)).toMatchObject({ exit: { code: 5, cause: 'exit' } });
        expect(readdirSync(recordDirectory)).toEqual(['exit']);
      });

      test('killed, it takes the container along; the code is unknown, and the rest can be cleaned up', async () => {
        const container = spec(['sleep', '1000']);
        const running = await start(backend, workshop, container);
        process.kill(running.handle.keeperPid, 'SIGKILL');
        expect((await running.outcome()).exit).toEqual({ code: null, cause: 'unknown' });
        await vi.waitFor(() => expect(() => process.kill(running.handle.pid, 0)).toThrow(), 5000);
        await backend.cleanUp(container.id);
      });

      test('twenty containers at once end as they should', async () => {
        const codes = await Promise.all(
          Array.from({ length: 20 }, async (_, index) => (await sh(`sleep 0.1; exit ${index}`)).exit.code),
        );
        expect(codes).toEqual(Array.from({ length: 20 }, (_, index) => index));
      });

      test('a directory of the record that is missing is an error, and nothing is left', async () => {
        await expect(run(['true'], {}, { recordDirectory: '/nonexistent' })).rejects.toMatchObject({
          errno: 'ENOENT',
        });
        await sleep(10);
      });
    });

    const parts = {
      get backend() {
        return backend;
      },
      get workshop() {
        return workshop;
      },
      launch,
      run,
      sh,
      needs: needsOf(features),
    };
    isolationSuite(parts);
    etcFilesSuite(parts);
    streamsSuite(parts);
    secretsSuite(parts);
    clocksSuite(parts);
    deadlineSuite(parts);
    initSuite(parts);
  });
}
