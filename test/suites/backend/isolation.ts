import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { describe, expect, test, vi } from 'vitest';
import { declare } from '../../../src/linux/libc.ts';
import { spec } from '../../support/containers.ts';
import { mounted } from '../../support/mounted.ts';
import type { Bench } from './bench.ts';

const lsetxattr = declare<[string, string, string, number, number]>(
  'int lsetxattr(const char *path, const char *name, const char *value, size_t size, int flags)',
);

const user = { uid: 1000, gid: 1000, groups: [], home: '/' };

/** What keeps a container and its host apart where nothing is seen of it until somebody tries. */
export function isolationSuite(bench: Bench): void {
  const { launch, needs, run, sh } = bench;

  /** A directory of the workshop, `sub` in it a filesystem of its own while `act` acts. */
  async function withSubmount(act: (source: string) => Promise<void>): Promise<void> {
    const source = join(bench.workshop.directory, 'source');
    mkdirSync(join(source, 'sub'), { recursive: true });
    await mounted(join(source, 'sub'), () => act(source));
  }

  describe('bind mounts', () => {
    const test = needs({ 'mounts[].bind': '/srv', 'mounts[].target': '/x' });

    const bind = (source: string, target: string, readOnly = false) => ({
      mounts: [{ type: 'bind' as const, source, target, readOnly }],
    });

    test('nothing gains rights by its mode or is a device, nor in a filesystem below', async () => {
      await withSubmount(async (source) => {
        for (const directory of [source, join(source, 'sub')]) {
          compile(join(directory, 'euid'), '#include <stdio.h>\nint main() { printf("%d\\n", geteuid()); }');
          chmodSync(join(directory, 'euid'), 0o4755);
          execFileSync('mknod', ['-m', '666', join(directory, 'null'), 'c', '1', '3']);
        }
        const changes = { ...bind(source, '/x'), security: { noNewPrivileges: false } };
        const script = 'for d in /x /x/sub; do $d/euid; cat $d/null; done';
        const { stdout, stderr } = await sh(script, changes, { identity: user });
        expect(stdout).toBe('1000\n1000\n');
        expect(stderr.match(/Permission denied/g)).toHaveLength(2);
      });
    });

    test('a read-only one is so in the filesystems below too', async () => {
      await withSubmount(async (source) => {
        const { stderr } = await sh('touch /x/file; touch /x/sub/file', bind(source, '/x', true));
        expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
        expect(readdirSync(join(source, 'sub'))).toEqual([]);
      });
    });

    test('a path made read-only is so in the filesystems below too', async () => {
      await withSubmount(async (source) => {
        writeFileSync(join(source, 'sub/here'), 'here');
        const changes = { ...bind(source, '/x'), security: { readOnlyPaths: ['/x'] } };
        const { stdout, stderr } = await sh('touch /x/file; touch /x/sub/file; cat /x/sub/here', changes);
        expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
        expect(stdout).toBe('here');
      });
    });

    test('what is mounted there later, inside or outside, is not seen on the other side', async () => {
      const source = join(bench.workshop.directory, 'source');
      for (const name of ['', 'outside', 'inside']) mkdirSync(join(source, name), { recursive: true });
      await mounted(source, async () => {
        execFileSync('mount', ['--make-shared', source]);
        for (const name of ['outside', 'inside']) mkdirSync(join(source, name));
        const script =
          'mount -t tmpfs x /x/inside && echo ready; until test -e /x/go; do sleep 0.02; done; ls /x/outside';
        const rights = { capabilities: ['SYS_ADMIN'], seccomp: 'unconfined' as const };
        const running = await launch(['sh', '-c', script], { ...bind(source, '/x'), security: rights });
        await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
        expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(join(source, 'inside'));
        await mounted(join(source, 'outside'), async () => {
          writeFileSync(join(source, 'outside/secret'), '');
          writeFileSync(join(source, 'go'), '');
          expect((await running.outcome()).stdout).toBe('ready\n');
        });
      });
    });
  });

  describe('a read-only root filesystem', () => {
    needs({ 'rootfs.readOnly': true })('of several mounts is read-only in each of them', async () => {
      const { directory, rootfs } = bench.workshop;
      const overlay = (target: string, lower: string) => {
        const scratch = join(directory, `overlay${target.replaceAll('/', '-')}`);
        for (const name of ['upper', 'work']) mkdirSync(join(scratch, name), { recursive: true });
        const [upper, work] = [join(scratch, 'upper'), join(scratch, 'work')];
        return { type: 'overlay' as const, target, lower: [lower], upper, work };
      };
      mkdirSync(join(rootfs, 'usr'));
      mkdirSync(join(directory, 'usr'));
      writeFileSync(join(directory, 'usr/here'), 'here');
      const mounts = [overlay('/', rootfs), overlay('/usr', join(directory, 'usr'))];
      const changes = { rootfs: { readOnly: true } };
      const { stdout, stderr } = await sh('cat /usr/here; touch /x; touch /usr/x', changes, {
        rootfs: { mounts },
      });
      expect(stdout).toBe('here');
      expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
    });

    test('a layer that redirects a directory leads nowhere', async () => {
      const { directory, rootfs } = bench.workshop;
      const [layer, upper, work] = ['layer', 'upper', 'work'].map((name) => join(directory, name));
      for (const path of [`${layer}/decoy`, `${upper}`, `${work}`, `${rootfs}/hidden`])
        mkdirSync(path, { recursive: true });
      writeFileSync(join(rootfs, 'hidden/secret'), 'secret');
      redirect(`${layer}/decoy`, '/hidden');
      const overlay = { type: 'overlay' as const, target: '/', lower: [`${layer}`, rootfs] };
      const mounts = [{ ...overlay, upper: `${upper}`, work: `${work}` }];
      const { stdout } = await sh('cat /hidden/secret; cat /decoy/secret', {}, { rootfs: { mounts } });
      expect(stdout).toBe('secret');
    });
  });

  describe("the kernel's filesystems", () => {
    test('are masked with the null device itself, not with what the image calls so', async () => {
      mkdirSync(join(bench.workshop.rootfs, 'dev'));
      writeFileSync(join(bench.workshop.rootfs, 'dev/null'), 'of the image');
      const { stdout } = await sh('stat -c %t:%T /proc/interrupts; cat /proc/interrupts');
      expect(stdout).toBe('1:3\n');
      // Who takes that for the null device shows it.
      const naive = 'mount --bind "$0/dev/null" /proc/interrupts && cat /proc/interrupts';
      const shown = execFileSync('unshare', ['--mount', 'sh', '-c', naive, bench.workshop.rootfs]);
      expect(String(shown)).toBe('of the image');
    });

    test('let no hierarchy of control groups be written to', async () => {
      const { stdout } = await sh(
        "for d in $(grep cgroup /proc/self/mounts | cut -d' ' -f2); do mkdir $d/new 2>&1 && busybox rmdir $d/new && echo $d is writable; done",
      );
      const answers = stdout.trim().split('\n');
      expect(answers).toEqual(answers.map(() => expect.stringContaining('Read-only file system')));
    });
  });

  describe('keys and terminals', () => {
    test("the session keyring is not the caller's", async () => {
      const keyring = join(bench.workshop.rootfs, 'bin/keyring');
      compile(
        keyring,
        `#include <linux/keyctl.h>
        #include <stdio.h>
        #include <sys/syscall.h>
        int main() {
          printf("%d\\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
        }`,
      );
      const { stdout } = await run(['keyring'], { security: { seccomp: 'unconfined' } });
      expect(Number(stdout)).toBeGreaterThan(0);
      expect(stdout).not.toBe(execFileSync(keyring, { encoding: 'utf8' }));
    });

    needs({ 'terminal.tty': true })("the terminal is the user's own", async () => {
      const script = 'stat -c %u:%g:%a /dev/pts/0 /dev/console; echo ok >/dev/console';
      const running = await launch(
        ['sh', '-c', script],
        { terminal: { tty: true } },
        { identity: { ...user, groups: [29] } },
      );
      const master = new ReadStream(running.handle.terminal ?? -1);
      let output = '';
      master.on('data', (chunk) => {
        output += chunk;
      });
      master.on('error', () => master.destroy());
      await running.outcome();
      await vi.waitFor(() => expect(output).toBe('1000:5:620\r\n1000:5:620\r\nok\r\n'), 30_000);
      master.destroy();
    });
  });

  test('a container of another user than root dies with its keeper, before anybody cleans up', async () => {
    const container = spec(['sleep', '1000']);
    const running = await launch(['sleep', '1000'], { id: container.id }, { identity: user });
    process.kill(running.handle.keeperPid, 'SIGKILL');
    const died = diesMeanwhile(running.handle.pid);
    await running.outcome();
    await bench.backend.cleanUp(container.id);
    expect(died).toBe(true);
  });
}

/** Looks for some seconds without a turn of the event loop, so that this process can do nothing about it. */
function diesMeanwhile(pid: number): boolean {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let looks = 0; looks < 1500; looks++) {
    if (isDead(pid)) return true;
    Atomics.wait(clock, 0, 0, 20);
  }
  return false;
}

/** Not there, or a zombie that pid 1 has not reaped yet (proc_pid_stat(5)). */
function isDead(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

function compile(output: string, source: string): void {
  execFileSync('gcc', ['-static', '-Os', '-w', '-x', 'c', '-', '-o', output], { input: source });
}

/** Sets what overlayfs takes for the place from where a directory was moved. */
function redirect(directory: string, target: string): void {
  lsetxattr(directory, 'trusted.overlay.redirect', target, Buffer.byteLength(target), 0);
}
