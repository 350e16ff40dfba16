import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { seccompFilter } from '../../../src/linux/seccomp/filter.ts';
import { findLibseccomp, loadLibseccomp } from '../../../src/linux/seccomp/libseccomp.ts';
import { deniedOn32Bit, deniedSyscalls } from './denied-syscalls.ts';

const { EPERM, ENOSYS } = constants.errno;

const library = loadLibseccomp(findLibseccomp());
const directory = mkdtempSync(join(tmpdir(), 'sc-seccomp-'));
const probe = join(directory, 'probe');

beforeAll(() => {
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-o', probe, join(import.meta.dirname, 'probe.c')]);
});

afterAll(() => rmSync(directory, { recursive: true }));

type Abi = '64' | '32' | 'x32';
type Attempt = readonly [abi: Abi, number: number, ...args: number[]];

/** Makes real calls in real processes under the default filter; answers errnos, 0 for success. */
function attempt(
  attempts: readonly Attempt[],
  capabilities: readonly string[] = defaultCapabilities,
): string[] {
  const filter = seccompFilter({
    profile: 'default',
    capabilities,
    cacheDirectory: join(directory, 'cache'),
  });
  const file = join(directory, 'filter');
  writeFileSync(file, filter ?? Buffer.alloc(0));
  const input = attempts.map((words) => `${words.join(' ')}\n`).join('');
  return execFileSync(probe, [file], { input, encoding: 'utf8' }).trimEnd().split('\n');
}

const architectures = {
  '64': process.arch === 'arm64' ? 0xc00000b7 : 0xc000003e,
  '32': 0x40000003,
  x32: 0x4000003e,
};

function numberOf(abi: Abi, name: string): number {
  return (library.resolveNameOn(architectures[abi], name) ?? -1) & 0x3fffffff;
}

function has(abi: Abi, name: string): boolean {
  return (library.resolveNameOn(architectures[abi], name) ?? -1) >= 0;
}

/** Arguments that harm nothing should the call be let through: no pointer, no descriptor, no size. */
const harmless = [-1, -1, -1, -1, -1, -1];

const abis: Abi[] = process.arch === 'x64' ? ['64', '32', 'x32'] : ['64'];

describe.each(abis)('a real process that makes calls of the kind %s', (abi) => {
  test('is refused every denied call', () => {
    const names = [...deniedSyscalls, ...(abi === '32' ? deniedOn32Bit : [])].filter((name) =>
      has(abi, name),
    );
    const results = attempt(names.map((name) => [abi, numberOf(abi, name), ...harmless]));
    expect(names.map((name, index) => [name, results[index]])).toEqual(
      names.map((name) => [name, String(EPERM)]),
    );
  });

  test('may make ordinary calls', () => {
    const names = (
      'access alarm brk capget chdir chmod chown close close_range connect copy_file_range dup dup2 dup3 ' +
      'epoll_create1 epoll_ctl eventfd2 execve faccessat2 fallocate fchmodat fchownat fcntl flock fstatfs fsync ' +
      'ftruncate futex getcwd getdents64 getgroups getpgid getpid getpriority getrandom getrlimit getrusage ' +
      'getsid gettid getuid getxattr inotify_init1 ioctl io_setup kill landlock_create_ruleset link linkat ' +
      'listxattr lseek madvise membarrier memfd_create mincore mkdir mkdirat mlock mprotect mq_open mremap ' +
      'msync munmap name_to_handle_at open openat openat2 pidfd_open pidfd_send_signal pipe2 pkey_alloc poll ' +
      'prctl preadv2 prlimit64 process_vm_readv ptrace read readlink readv rename renameat2 rmdir rseq ' +
      'rt_sigaction sched_getaffinity sched_setscheduler sched_yield seccomp sendfile set_robust_list ' +
      'setgroups setpgid setrlimit setxattr shmat sigaltstack splice statfs statx symlink tgkill ' +
      'timerfd_create truncate umask uname unlink unlinkat utimensat vmsplice wait4 waitid write writev chroot'
    )
      .split(' ')
      .filter((name) => has(abi, name));
    const results = attempt(names.map((name) => [abi, numberOf(abi, name), ...harmless]));
    const refused = names.filter((_, index) => results[index] === String(EPERM));
    expect(names.length).toBeGreaterThan(90);
    expect(refused).toEqual([]);
  });

  test('is told ENOSYS, not EPERM, for calls newer than the filter', () => {
    const newer = [467, 470, 500, 511, 600, 1000, 0x3fffffff];
    expect(attempt(newer.map((number) => [abi, number, ...harmless]))).toEqual(
      newer.map(() => String(ENOSYS)),
    );
  });

  test('makes processes with clone, not namespaces; clone3 does not exist', () => {
    const [clone, clone3] = [numberOf(abi, 'clone'), numberOf(abi, 'clone3')];
    const namespaces = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
    const results = attempt([
      [abi, clone3, 0, 0],
      ...namespaces.map((flag): Attempt => [abi, clone, flag + 17]),
      [abi, clone, 17],
    ]);
    const made = abi === 'x32' ? ENOSYS : 0;
    expect(results).toEqual([String(ENOSYS), ...namespaces.map(() => String(EPERM)), String(made)]);
  });

  test('has the five personalities', () => {
    const personality = numberOf(abi, 'personality');
    const results = attempt(
      [0, 8, 0x20000, 0x20008, 0xffffffff, 1, 0x40000].map((value) => [abi, personality, value]),
    );
    expect(results.map((result) => result === String(EPERM))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});

test('a real process makes sockets, but none of AF_ALG and AF_VSOCK', () => {
  const socket = numberOf('64', 'socket');
  const upper = 2 ** 32;
  const results = attempt([
    ['64', socket, 1, 1],
    ['64', socket, 2, 1],
    ['64', socket, 16, 3],
    ['64', socket, 38, 5],
    ['64', socket, 40, 1],
    ['64', socket, upper + 38, 5],
    ['64', socket, upper + 1, 1],
    ['64', socket, 39, 1],
  ]);
  expect(results.slice(0, 7)).toEqual(['0', '0', '0', String(EPERM), String(EPERM), String(EPERM), '0']);
  expect(results[7]).not.toBe(String(EPERM));
});

describe.runIf(process.arch === 'x64')('a real process with 32-bit calls', () => {
  const socketDirect = 359;
  const socketcall = 102;

  test('makes sockets directly, but none of AF_ALG and AF_VSOCK', () => {
    const results = attempt([1, 38, 40].map((family) => ['32', socketDirect, family, 1]));
    expect(results).toEqual(['0', String(EPERM), String(EPERM)]);
  });

  test('makes no socket through socketcall, which hides the family, but its other calls', () => {
    const refused = attempt([['32', socketcall, 1, -1]]);
    const others = attempt([2, 3, 4, 8, 18].map((call) => ['32', socketcall, call, -1]));
    expect(refused).toEqual([String(EPERM)]);
    for (const result of others) expect(result).not.toBe(String(EPERM));
  });
});

test('a granted capability opens what it needs in a real process', () => {
  const mount = numberOf('64', 'mount');
  expect(attempt([['64', mount, ...harmless]])).toEqual([String(EPERM)]);
  expect(attempt([['64', mount, ...harmless]], [...defaultCapabilities, 'CAP_SYS_ADMIN'])).not.toEqual([
    String(EPERM),
  ]);
});

test('unconfined is no filter', () => {
  expect(
    seccompFilter({ profile: 'unconfined', capabilities: [], cacheDirectory: directory }),
  ).toBeUndefined();
});
