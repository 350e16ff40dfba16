import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRecorder } from '../../../src/backend/native/recorder/recorder.ts';
import type { Observations } from '../../../src/backend/recording.ts';
import { capabilityNames } from '../../../src/linux/capabilities.ts';
import { effectiveCapabilities } from '../../../src/linux/kernel.ts';
import { useBackend } from './harness.ts';

const host = useBackend();
type Changes = Parameters<typeof host.run>[1];

async function record(args: string[], changes: Changes = {}) {
  const recorder = await startRecorder();
  try {
    const outcome = await host.run(args, changes, { mark: recorder.mark });
    return { outcome, seen: recorder.finish() };
  } finally {
    recorder.close();
  }
}

const sh = (script: string, changes: Changes = {}) => record(['sh', '-c', script], changes);

const names = ({ syscalls }: Observations) => syscalls.map(({ name }) => name);

const everything = {
  capabilities: capabilityNames(effectiveCapabilities()),
};

test('nothing of the way into the container is seen, but what passes its filter', async () => {
  host.install('nothing', 'int main() { return 0; }');
  const { seen } = await record(['nothing']);
  expect(names(seen)).toEqual(expect.arrayContaining(['write', 'execve', 'exit_group']));
  for (const name of ['seccomp', 'mount', 'setresuid', 'capset', 'pivot_root', 'close_range', 'fork'])
    expect(names(seen)).not.toContain(name);
  expect(seen.capabilities).toEqual({ used: [], refused: [] });
  expect(seen).toMatchObject({ devices: [], refusedSyscalls: [], unseen: [] });
});

test('without no_new_privs the filter sees more of it', async () => {
  host.install('nothing', 'int main() { return 0; }');
  const { seen } = await record(['nothing'], { security: { noNewPrivileges: false } });
  expect(names(seen)).toEqual(expect.arrayContaining(['setresuid', 'capset', 'prctl', 'execve']));
  expect(names(seen)).not.toContain('seccomp');
  expect(seen.capabilities).toEqual({ used: [], refused: [] });
});

test('another container at the same time, and the host, are not seen', async () => {
  const recorder = await startRecorder();
  try {
    const watched = await host.launch(['sleep', '0.3'], {}, { mark: recorder.mark });
    const other = await host.launch(['sh', '-c', 'chown 7 /tmp; chroot /; head -c1 /dev/zero > /dev/null']);
    execFileSync('chown', ['0', host.workshop.directory]);
    await Promise.all([watched.outcome(), other.outcome()]);
    const seen = recorder.finish();
    expect(names(seen)).toContain('execve');
    for (const name of ['chown', 'fchownat', 'clone', 'wait4']) expect(names(seen)).not.toContain(name);
    expect(seen.capabilities).toEqual({ used: [], refused: [] });
    expect(seen.devices).toEqual([]);
  } finally {
    recorder.close();
  }
});

test('nothing is seen of a container without the mark', async () => {
  const recorder = await startRecorder();
  try {
    await host.run(['true']);
    await host.run(['true'], {}, { mark: recorder.mark ^ 1n });
    expect(() => recorder.finish()).toThrow('the container has no pid namespace of its own');
  } finally {
    recorder.close();
  }
});

test('who shares its pid namespace with others is not watched', async () => {
  const recorder = await startRecorder();
  try {
    const mark = `0x${recorder.mark.toString(16)}`;
    const path = host.install(
      'mark',
      `#include <sys/prctl.h>
       #include <unistd.h>
       int main() { prctl(0x53635265, ${mark}UL, 0, 0, 0); execl("/bin/true", "true", 0); return 1; }`,
    );
    execFileSync(path);
    expect(() => recorder.finish()).toThrow('the container has no pid namespace of its own');
    execFileSync('unshare', ['--pid', '--fork', path]);
    expect(names(recorder.finish())).toContain('execve');
  } finally {
    recorder.close();
  }
});

describe('system calls', () => {
  test('those of all processes are seen, in namespaces that they make too', async () => {
    const { seen, outcome } = await sh(
      '(unshare -p -f sh -c "mkdir /tmp/deep"); (mkdir /tmp/child) &  wait',
      {
        security: { ...everything, seccomp: 'unconfined' },
      },
    );
    expect(outcome.stderr).toBe('');
    expect(names(seen)).toEqual(expect.arrayContaining(['mkdir', 'unshare']));
  });

  test('what the filter refuses is told apart, by its error', async () => {
    host.install(
      'refused',
      `#include <sys/syscall.h>
       #include <unistd.h>
       int main() { syscall(SYS_mount, 0, 0, 0, 0, 0); syscall(SYS_clone3, 0, 0); syscall(SYS_chown, "/none", 0, 0); return 0; }`,
    );
    const { seen } = await record(['refused']);
    expect(seen.refusedSyscalls).toEqual([
      { form: 'native', number: 165, name: 'mount', errno: 'EPERM' },
      { form: 'native', number: 435, name: 'clone3', errno: 'ENOSYS' },
    ]);
    expect(names(seen)).toContain('chown');
  });

  test('arguments of socket, clone and personality', async () => {
    host.install(
      'arguments',
      `#define _GNU_SOURCE
       #include <sched.h>
       #include <sys/personality.h>
       #include <sys/socket.h>
       #include <sys/syscall.h>
       #include <sys/wait.h>
       #include <unistd.h>
       int main() {
         socket(AF_UNIX, SOCK_STREAM, 0);
         socket(AF_INET6, SOCK_DGRAM, 0);
         personality(0xffffffff);
         personality(PER_LINUX32);
         if (syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0) == 0) _exit(0);
         wait(0);
         return 0;
       }`.replace('#include <unistd.h>', '#include <signal.h>\n#include <unistd.h>'),
    );
    const { seen } = await record(['arguments'], { security: { ...everything, seccomp: 'unconfined' } });
    expect(seen).toMatchObject({
      socketFamilies: [1, 10],
      personalities: [0x8, 0xffff_ffff],
      hasOtherPersonalities: false,
      cloneFlags: 0x0400_0011,
    });
  });

  test('those of 32-bit programs and of x32 are seen as such', async () => {
    host.install(
      'forms',
      `#include <unistd.h>
       #include <sys/syscall.h>
       int main() {
         int result;
         asm volatile("int $0x80" : "=a"(result) : "a"(122), "b"(0) : "memory");
         syscall(0x40000000 | SYS_getppid);
         return 0;
       }`,
    );
    const { seen } = await record(['forms'], { security: { seccomp: 'unconfined' } });
    expect(seen.syscalls).toContainEqual({ form: 'compat', number: 122, name: 'uname' });
    expect(seen.syscalls).toContainEqual({ form: 'x32', number: 110, name: 'getppid' });
  });
});

describe('capabilities', () => {
  const used = async (script: string, changes: Changes = {}) => (await sh(script, changes)).seen.capabilities;

  test.each([
    ['chown 7 /tmp', 'CAP_CHOWN'],
    ['chown 7 /tmp; chmod 700 /tmp', 'CAP_FOWNER'],
    ['touch /tmp/f; chmod 0 /tmp/f; chown 7 /tmp/f; cat /tmp/f', 'CAP_DAC_OVERRIDE'],
    ['chroot / true', 'CAP_SYS_CHROOT'],
  ])('%s takes %s', async (script, capability) => {
    const seen = await used(`${script} > /dev/null`, {}).then((found) => found?.used);
    expect(seen).toContain(capability);
  });

  test('of all that there are, those are seen that were needed', async () => {
    const seen = await used('mkdir /m; mount -t tmpfs x /m; hostname other; sleep 0', {
      security: { ...everything, seccomp: 'unconfined' },
    });
    expect(seen).toEqual({ used: ['CAP_SYS_ADMIN'], refused: [] });
  });

  test('a program with all of them that only takes memory and starts others has used none', async () => {
    const seen = await used(
      'for i in 1 2 3; do (dd if=/dev/zero of=/dev/null bs=8M count=1 2>/dev/null) & done; wait; echo x > /tmp/f; rm /tmp/f',
      {
        security: { ...everything, seccomp: 'unconfined' },
      },
    );
    expect(seen).toEqual({ used: [], refused: [] });
  });

  test('what was asked for in vain is told', async () => {
    const seen = await used('chroot / true; chown 7 /tmp', {
      security: { capabilities: ['CAP_CHOWN'], seccomp: 'unconfined' },
    });
    expect(seen).toEqual({ used: ['CAP_CHOWN'], refused: ['CAP_SYS_CHROOT'] });
  });
});

test('in a user namespace of its own its capabilities are those that count', async () => {
  const range = { inside: 0, host: 524_288, size: 65_536 };
  const userNamespace = { uids: [range], gids: [range] };
  const script = 'chown 7 /tmp; mkdir /m; mount -t tmpfs x /m; (unshare -U true); unshare -U -p -f true';
  const { seen, outcome } = await sh(script, {
    security: { ...everything, userNamespace, seccomp: 'unconfined' },
  });
  expect(outcome.stderr).toBe('');
  expect(seen.capabilities?.used).toEqual(['CAP_CHOWN', 'CAP_SYS_ADMIN']);
  expect(names(seen)).not.toContain('seccomp');
});

test('devices are seen with what they were opened for', async () => {
  const { seen } = await sh('head -c1 /dev/zero; echo x > /dev/null; cat <> /dev/full 0<&- ; cat /dev/sda');
  expect(seen.devices).toEqual(
    expect.arrayContaining([
      { type: 'c', major: 1, minor: 3, access: 'w' },
      { type: 'c', major: 1, minor: 5, access: 'r' },
    ]),
  );
});

test('a recorder leaves nothing open, and may be closed twice', async () => {
  const descriptors = () =>
    readdirSync('/proc/self/fd').map((name) => readableLink(join('/proc/self/fd', name)));
  const before = descriptors();
  const recorder = await startRecorder();
  expect(descriptors().filter((target) => target.startsWith('anon_inode:bpf'))).not.toEqual([]);
  recorder.close();
  recorder.close();
  expect(descriptors().filter((target) => target.startsWith('anon_inode:bpf'))).toEqual([]);
  expect(descriptors().length).toBe(before.length);
});

function readableLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
