import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LINUX_CAPABILITY_VERSION_3, O_DIRECTORY, O_PATH, S_IFCHR } from '../../../src/linux/constants.ts';
import { declare } from '../../../src/linux/libc.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const { run, sh } = native;

const CAP_CHOWN = 0;
const capget = declare<[Buffer, Buffer]>('int capget(void *header, void *data)');
const capset = declare<[Buffer, Buffer]>('int capset(void *header, void *data)');

/** Makes one capability of this thread inheritable, or none (capset(2)). */
function inheritCapability(capability: number | undefined): void {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3, 0);
  // Effective, permitted and inheritable: the lower 32 bits of each, then the upper ones.
  const sets = Buffer.alloc(24);
  capget(header, sets);
  sets.writeUInt32LE(capability === undefined ? 0 : 1 << capability, 8);
  capset(header, sets);
}

describe('a working directory below a cover', () => {
  // Writes back what is there.
  const write = 'cat panic >panic && echo written';

  test.each(['/proc/sys/kernel', '/link'])('"%s" is as read-only as the cover', async (cwd) => {
    symlinkSync('/proc/sys/kernel', join(native.workshop.rootfs, 'link'));
    const { stdout, stderr } = await sh(write, { process: { cwd } });
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringContaining('Read-only file system'),
    });
  });

  test('could be written to if there were no cover', async () => {
    const changes = { process: { cwd: '/proc/sys/kernel' }, security: { readOnlyPaths: [] } };
    expect((await native.shAsRootOutside(write, changes)).stdout).toBe('written\n');
  });

  test('is empty where it is masked', async () => {
    expect((await sh('ls', { process: { cwd: '/sys/firmware' } })).stdout).toBe('');
  });
});

describe('what the kernel would take for something else', () => {
  const nul = 'a\0b';
  const environment = ['PATH=/bin', `A=${nul}`];
  const bind = { type: 'bind' as const, source: '/etc', target: '/x', readOnly: true };

  test.each([
    ['an argument', ['echo', nul], {}, {}],
    ['the program', [`/bin/echo${nul}`], {}, {}],
    ['a variable', ['true'], {}, { environment }],
    ['the working directory', ['true'], { process: { cwd: `/etc${nul}` } }, {}],
    ['the hostname', ['true'], { network: { hostname: nul } }, { etc: [] }],
    ['the domain name', ['true'], { network: { domainName: nul } }, {}],
    ['a file of /etc', ['true'], {}, { etc: [{ name: 'hosts', text: nul }] }],
    ['the source of a mount', ['true'], { mounts: [{ ...bind, source: `/etc${nul}` }] }, {}],
    ['the target of a mount', ['true'], { mounts: [{ ...bind, target: `/x${nul}` }] }, {}],
    ['a masked path', ['true'], { security: { maskedPaths: [`/proc/keys${nul}`] } }, {}],
  ])('%s with a NUL byte is refused, not cut off', async (_, args, changes, request) => {
    const message = expect.stringContaining('NUL byte');
    await expect(run(args, changes, request)).rejects.toMatchObject({ code: 'SC_USAGE', message });
  });

  test('half of a surrogate pair is refused, not replaced', async () => {
    await expect(run(['echo', '\ud800'])).rejects.toMatchObject({ code: 'SC_USAGE' });
  });

  test.each([2 ** 32, 2 ** 32 - 1, 2 ** 31, -1, 1.5, Number.NaN])('user %d is refused', async (id) => {
    const identities = [
      { uid: id, gid: 1, groups: [] },
      { uid: 1, gid: id, groups: [] },
      { uid: 1, gid: 1, groups: [id] },
    ];
    for (const identity of identities) {
      const started = run(['id'], {}, { identity: { ...identity, home: '/' } });
      await expect(started).rejects.toMatchObject({ code: 'SC_USAGE' });
    }
  });

  test('a user of 2^32 would be root for who cuts the number off', () => {
    const program = native.install(
      'become',
      `#include <stdio.h>
      #include <stdlib.h>
      #include <unistd.h>
      int main(int argc, char **argv) { setuid(atoll(argv[1])); printf("%d\\n", getuid()); }`,
    );
    const become = (id: number) => execFileSync(program, [String(id)], { encoding: 'utf8' });
    expect([become(2 ** 32 - 2 ** 16), become(2 ** 32)]).toEqual([`${-(2 ** 16)}\n`, '0\n']);
  });

  test.each([[['']], [[]]])('%j names no program', async (args) => {
    await expect(run(args)).rejects.toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND', errno: 'ENOENT' });
  });

  test('arguments and variables that are more than the kernel takes are an error of it', async () => {
    const argument = 'x'.repeat(128 * 1024);
    await expect(run(['echo', argument])).rejects.toMatchObject({ errno: 'E2BIG' });
  });

  test('ten thousand variables arrive', async () => {
    const variables = Array.from({ length: 10_000 }, (_, index) => `V${index}=${index}`);
    const { stdout } = await sh('env | grep -c ^V', {}, { environment: ['PATH=/bin', ...variables] });
    expect(stdout).toBe('10000\n');
  });
});

describe('standard streams', () => {
  test.each(['stdin', 'stdout', 'stderr'])('a directory of the host is not passed on as %s', async (name) => {
    const files = { stdin: 0, stdout: 1, stderr: 2 };
    const directory = openSync('/', O_PATH | O_DIRECTORY);
    try {
      const stdio = { ...files, [name]: directory };
      await expect(run(['true'], {}, { stdio })).rejects.toMatchObject({ code: 'SC_USAGE' });
    } finally {
      closeSync(directory);
    }
  });
});

describe('the null device of the host', () => {
  const grab = 'for fd in 0 1 2; do chmod 4700 /proc/self/fd/$fd; chown 5:5 /proc/self/fd/$fd; done';

  test.each([
    ['the host', usersOfHost],
    ['its own', {}],
  ])("is not root's inside, with the users of %s", async (_, security) => {
    const path = `/dev/sc-null-${process.pid}`;
    execFileSync('mknod', ['-m', '666', path, 'c', '1', '3']);
    const nothing = openSync(path, 'r+');
    try {
      const stdio = { stdin: nothing, stdout: nothing, stderr: nothing };
      await run(['sh', '-c', grab], { security }, { stdio });
      expect(fstatSync(nothing)).toMatchObject({ uid: 0, gid: 0, mode: S_IFCHR | 0o666 });
    } finally {
      closeSync(nothing);
      rmSync(path);
    }
  });

  test.each([
    ['the host', usersOfHost],
    ['its own', {}],
  ])('is empty and takes all, with the users of %s', async (_, security) => {
    const nothing = openSync('/dev/null', 'r+');
    try {
      const stdio = { stdin: nothing, stdout: nothing, stderr: nothing };
      const script = 'test "$(cat </dev/stdin)" = "" && echo x >/dev/stdout && echo x >/dev/stderr';
      const { exit } = await run(['sh', '-c', script], { security }, { stdio });
      expect(exit.code).toBe(0);
    } finally {
      closeSync(nothing);
    }
  });
});

describe('what the caller has,', () => {
  const look = (field: string) => ['grep', field, '/proc/self/status'] as const;
  /** What any other program has that is started now. */
  const inherited = ([program, ...args]: readonly [string, ...string[]]) =>
    execFileSync(program, args, { encoding: 'utf8' });

  test.each([0, 1000])('capabilities that are inheritable do not reach user %i', async (uid) => {
    inheritCapability(CAP_CHOWN);
    try {
      const identity = { uid, gid: uid, groups: [], home: '/' };
      const { stdout } = await run([...look('CapInh')], {}, { identity });
      expect(stdout).toBe('CapInh:\t0000000000000000\n');
      expect(inherited(look('CapInh'))).toBe('CapInh:\t0000000000000001\n');
    } finally {
      inheritCapability(undefined);
    }
  });

  test.each([0, 1000])('supplementary groups do not reach user %i', async (uid) => {
    const groups = process.getgroups?.() ?? [];
    process.setgroups?.([4, 6]);
    try {
      const identity = { uid, gid: uid, groups: [], home: '/' };
      const { stdout } = await run([...look('Groups')], {}, { identity });
      // The group itself is among them, so that a set-group-ID program cannot leave it (CVE-2022-2989).
      expect(stdout.trim()).toBe(`Groups:\t${uid}`);
      expect(inherited(look('Groups')).trim()).toBe('Groups:\t4 6');
    } finally {
      process.setgroups?.(groups);
    }
  });
});

describe('odd things in an image', () => {
  const odd = {
    'a FIFO': (path: string) => execFileSync('mkfifo', [path]),
    'a device': (path: string) => execFileSync('mknod', [path, 'c', '1', '3']),
    'a socket': (path: string) => createServer().listen(path).unref(),
    'a link to itself': (path: string) => symlinkSync(path, path),
    'a link to nothing': (path: string) => symlinkSync('/nonexistent/x', path),
  };

  describe.each(['dev', 'proc', 'sys'])('in the place of /%s', (name) => {
    test.each(Object.entries(odd))('%s is refused', async (_, make) => {
      make(join(native.workshop.rootfs, name));
      await expect(run(['true'])).rejects.toMatchObject({ errno: 'ENOTDIR', hint: expect.any(String) });
    });

    test('a deleted one, and one that nobody may enter, do no harm', async () => {
      const path = join(native.workshop.rootfs, name);
      execFileSync('mknod', [path, 'c', '0', '0']);
      expect((await run(['true'])).exit.code).toBe(0);
      rmSync(path);
      mkdirSync(path, { mode: 0 });
      expect((await run(['true'])).exit.code).toBe(0);
    });
  });

  test('what stands in its /dev, /proc and /sys is not seen', async () => {
    const { rootfs } = native.workshop;
    for (const directory of ['dev/pts', 'proc', 'sys/fs'])
      mkdirSync(join(rootfs, directory), { recursive: true });
    for (const path of ['dev/null', 'dev/shm', 'dev/pts/ptmx', 'proc/self', 'sys/fs/cgroup']) {
      symlinkSync('/etc/passwd', join(rootfs, path));
    }
    execFileSync('mknod', [join(rootfs, 'dev/zero'), 'c', '1', '3']);
    const { stdout } = await sh(
      'head -c 4 /dev/zero | wc -c; cat /dev/null; test -d /proc/1 && echo real; ls -d /dev/shm/',
    );
    expect(stdout).toBe('4\nreal\n/dev/shm/\n');
  });

  test('a source of a mount that is a link to itself is an error that names it', async () => {
    const source = join(native.workshop.directory, 'link');
    symlinkSync(source, source);
    const mounts = [{ type: 'bind' as const, source, target: '/x', readOnly: true }];
    await expect(run(['true'], { mounts })).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'ELOOP',
    });
  });

  test('nothing of it is opened that could wait for ever', async () => {
    execFileSync('mkfifo', [join(native.workshop.rootfs, 'fifo')]);
    const bind = { type: 'bind' as const, source: '/etc/passwd', target: '/fifo', readOnly: true };
    await expect(run(['/fifo'])).rejects.toMatchObject({ errno: 'EACCES' });
    await expect(run(['true'], { process: { cwd: '/fifo' } })).rejects.toMatchObject({ errno: 'ENOTDIR' });
    expect((await run(['head', '-c', '5', '/fifo'], { mounts: [bind] })).stdout).toBe('root:');
    const paths = { maskedPaths: ['/fifo'], readOnlyPaths: ['/fifo'] };
    expect((await sh('cat /fifo; echo read', { security: paths })).stdout).toBe('read\n');
  });
});

describe('covers', () => {
  test('a mount on /dev/null uncovers nothing that is masked', async () => {
    const mounts = [{ type: 'bind' as const, source: '/etc/passwd', target: '/dev/null', readOnly: true }];
    expect((await sh('cat /proc/interrupts /proc/timer_list', { mounts })).stdout).toBe('');
  });

  test.each(['/', '/.', '/etc/..'])('"%s" is refused as a path that would cover nothing', async (path) => {
    for (const security of [{ maskedPaths: [path] }, { readOnlyPaths: [path] }]) {
      await expect(run(['true'], { security })).rejects.toMatchObject({ code: 'SC_START_FAILED' });
    }
  });
});

describe('an image that somebody changes while it is started', () => {
  let outside: string;

  /** Swaps directories of the image with links to a directory of the host while `act` acts. */
  async function whileSwapping(names: string[], act: () => Promise<void>): Promise<void> {
    const { directory, rootfs } = native.workshop;
    outside = join(directory, 'outside');
    mkdirSync(outside);
    const pairs = names.map((name) => {
      const path = join(rootfs, name);
      mkdirSync(path, { recursive: true });
      symlinkSync(outside, `${path}.link`);
      return [path, `${path}.link`] as const;
    });
    await native.whileSwapping(pairs, act);
  }

  const tmpfs = {
    type: 'tmpfs' as const,
    target: '/mount/new/deep',
    size: 4096,
    mode: 0o755,
    readOnly: false,
  };
  const file = { type: 'bind' as const, source: '/bin/busybox', target: '/etc/new/file', readOnly: true };
  const changes = { process: { cwd: '/work/new/deep' }, mounts: [tmpfs, file] };

  const onItself = () => ({
    mounts: [{ type: 'bind' as const, target: '/', source: native.workshop.rootfs, readOnly: false }],
  });

  describe.each([
    ['below an overlay', () => ({})],
    ['itself', () => ({ rootfs: onItself() })],
  ])('%s', (_, request) => {
    test.each([
      [['dev', 'proc', 'sys'], 60],
      [['etc', 'work', 'mount'], 500],
    ])('leads nothing to the host by %j in %i rounds', { timeout: 120_000 }, async (names, rounds) => {
      let [started, refused] = [0, 0];
      await whileSwapping(names, async () => {
        for (let i = 0; i < rounds || started === 0; i++) {
          await run(['true'], changes, request()).then(
            () => started++,
            (error) => {
              expect(error).toMatchObject({ code: 'SC_START_FAILED' });
              refused++;
            },
          );
        }
      });
      expect(readdirSync(outside)).toEqual([]);
      expect(started).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    });
  });

  test('would lead who follows links there', async () => {
    await whileSwapping(['work'], async () => {
      for (let i = 0; readdirSync(outside).length === 0; i++) {
        try {
          mkdirSync(join(native.workshop.rootfs, `work/${i}`));
        } catch {
          // Neither is there for a moment.
        }
      }
    });
  });
});

describe('a directory below the source of a mount that somebody changes meanwhile', () => {
  /** Counts how often each of `inside`, `outside` and a refusal came about, with `mount` of a directory of both. */
  async function roundsOf(
    rounds: number,
    mount: (source: string) => { source: string; subpath?: string },
    until = (_: Map<string, number>) => false,
  ): Promise<Map<string, number>> {
    const { directory } = native.workshop;
    const source = join(directory, 'shared');
    for (const [place, text] of [
      [join(source, 'sub'), 'inside'],
      [join(directory, 'secret'), 'outside'],
    ] as const) {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'mark'), text);
    }
    symlinkSync('../secret', join(source, 'link'));
    const seen = new Map<string, number>();
    const mounts = [{ type: 'bind' as const, target: '/x', readOnly: true, ...mount(source) }];
    await native.whileSwapping([[join(source, 'sub'), join(source, 'link')]], async () => {
      for (let round = 0; round < rounds && !until(seen); round++) {
        const came = await run(['cat', '/x/mark'], { mounts }).then(
          ({ stdout }) => stdout,
          ({ errno }) => String(errno),
        );
        seen.set(came, (seen.get(came) ?? 0) + 1);
      }
    });
    return seen;
  }

  test('leads nothing out of it in 500 rounds', { timeout: 120_000 }, async () => {
    const seen = await roundsOf(500, (source) => ({ source, subpath: 'sub' }));
    expect([...seen.keys()].sort()).toEqual(['ELOOP', 'inside']);
  });

  test('would lead out who mounts its path', { timeout: 120_000 }, async () => {
    const seen = await roundsOf(
      500,
      (source) => ({ source: join(source, 'sub') }),
      (seen) => seen.has('outside'),
    );
    expect(seen.has('outside')).toBe(true);
  });
});
