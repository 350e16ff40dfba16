import { describe, expect, test } from 'vitest';
import { capabilities, defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { allowedSyscalls, newestSyscall } from '../../../src/linux/seccomp/allowed-syscalls.ts';
import { compile } from '../../../src/linux/seccomp/compile.ts';
import { defaultProfile } from '../../../src/linux/seccomp/default-profile.ts';
import { x32Bit } from '../../../src/linux/seccomp/guard.ts';
import { findLibseccomp, loadLibseccomp } from '../../../src/linux/seccomp/libseccomp.ts';
import { selectRules } from '../../../src/linux/seccomp/profile.ts';
import { deniedOn32Bit, deniedSyscalls } from './denied-syscalls.ts';
import { simulate } from './simulator.ts';

const library = loadLibseccomp(findLibseccomp());

/** `scmp` is libseccomp's number of the instruction set, `audit` the one that the kernel shows to a filter. */
const instructionSets = [
  { name: 'x86-64', processor: 'SCMP_ARCH_X86_64', scmp: 0xc000003e, audit: 0xc000003e, base: 0 },
  { name: 'x32', processor: 'SCMP_ARCH_X86_64', scmp: 0x4000003e, audit: 0xc000003e, base: x32Bit },
  { name: 'i386', processor: 'SCMP_ARCH_X86_64', scmp: 0x40000003, audit: 0x40000003, base: 0 },
  { name: 'arm64', processor: 'SCMP_ARCH_AARCH64', scmp: 0xc00000b7, audit: 0xc00000b7, base: 0 },
  { name: 'arm', processor: 'SCMP_ARCH_AARCH64', scmp: 0x40000028, audit: 0x40000028, base: 0 },
];

/** libseccomp answers these names with a number for socketcall and ipc, where i386 has both ways. */
const directOnI386 = new Map(
  Object.entries({
    ...numbered(337, 'recvmmsg'),
    ...numbered(345, 'sendmmsg'),
    ...numbered(
      359,
      'socket socketpair bind connect listen accept4 getsockopt setsockopt getsockname getpeername sendto ' +
        'sendmsg recvfrom recvmsg shutdown',
    ),
    ...numbered(393, 'semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl'),
  }),
);

const compiled = new Map<string, Buffer>();

function filterFor(processor: string, granted: readonly string[]): Buffer {
  const key = `${processor} ${granted}`;
  const filter =
    compiled.get(key) ?? compile(library, defaultProfile, selectRules(defaultProfile, granted), processor);
  compiled.set(key, filter);
  return filter;
}

test('the allow-list is sorted, without duplicates, and has nothing that is denied or conditional', () => {
  expect(allowedSyscalls).toEqual([...new Set(allowedSyscalls)].sort());
  const refused = [...deniedSyscalls, ...deniedOn32Bit, 'clone', 'clone3', 'personality', 'socket', 'chroot'];
  expect(allowedSyscalls.filter((name) => refused.includes(name))).toEqual([]);
});

test('every denied name is a call that libseccomp knows', () => {
  for (const name of deniedSyscalls)
    expect({ name, number: library.resolveNameOn(0xc000003e, name) }).toHaveProperty(
      'number',
      expect.any(Number),
    );
});

describe.each(instructionSets)(
  'on $name, with the default capabilities,',
  ({ processor, scmp, audit, base }) => {
    const filter = filterFor(processor, defaultCapabilities);
    const newest = Math.min(newestSyscall, newestOf(scmp));
    const answer = (number: number, ...args: (number | bigint)[]): string =>
      simulate(filter, { architecture: audit, number, args });
    const numberOf = (name: string): number =>
      (scmp === 0x40000003 ? directOnI386.get(name) : undefined) ?? library.resolveNameOn(scmp, name) ?? -1;

    test('every number up to 1200 is allowed by name or refused', () => {
      const allowed = new Set(allowedSyscalls.map(numberOf));
      // Answered by argument, or by the names of other tests.
      const conditional = new Set(
        ['clone', 'clone3', 'personality', 'socket', 'socketcall', 'chroot'].map(numberOf),
      );
      for (let number = base; number <= base + 1200; number++) {
        if (conditional.has(number)) continue;
        const own32 = base === x32Bit && number >= base + 512 && number <= base + 547;
        const expected = allowed.has(number)
          ? 'ALLOW'
          : number - base > newest && !own32
            ? 'ENOSYS'
            : 'EPERM';
        expect({ number, answer: answer(number, -1, -1, -1, -1, -1, -1) }).toEqual({
          number,
          answer: expected,
        });
      }
    });

    test('the largest numbers of all are unknown', () => {
      for (const number of [0x3fffffff, 0x7fffffff, 0xffffffff]) expect(answer(number)).toBe('ENOSYS');
    });

    test('the denied calls are refused whatever their arguments', () => {
      for (const name of [...deniedSyscalls, ...deniedOn32Bit]) {
        const number = numberOf(name);
        if (number < 0) continue;
        for (const argument of [0, 1, -1]) {
          expect({ name, answer: answer(number, argument, argument) }).toEqual({ name, answer: 'EPERM' });
        }
      }
    });

    test('clone makes processes and threads, never a namespace; clone3 does not exist', () => {
      const [clone, clone3] = [numberOf('clone'), numberOf('clone3')];
      for (const flags of [0, 17, 0x11, 0x3d0f00, 0x01200011]) expect(answer(clone, flags)).toBe('ALLOW');
      for (const bit of [17, 25, 26, 27, 28, 29, 30]) expect(answer(clone, 2 ** bit + 17)).toBe('EPERM');
      expect(answer(clone3, 0, 0)).toBe('ENOSYS');
    });

    test('personality is one of five', () => {
      const personality = numberOf('personality');
      for (const value of [0, 8, 0x20000, 0x20008, 0xffffffff])
        expect(answer(personality, value)).toBe('ALLOW');
      for (const value of [1, 9, 0x40000, 0x0400000, 0x7fffffff])
        expect(answer(personality, value)).toBe('EPERM');
    });

    test('a socket is of any family but AF_ALG and AF_VSOCK', () => {
      const socket = numberOf('socket');
      for (let family = 0; family < 46; family++) {
        const expected = family === 38 || family === 40 ? 'EPERM' : 'ALLOW';
        expect({ family, answer: answer(socket, family, 2) }).toEqual({ family, answer: expected });
      }
      for (let family = 46; family < 2 ** 31; family *= 2) expect(answer(socket, family)).toBe('EPERM');
    });

    test('bits above an int, which the kernel drops, hide no address family', () => {
      const socket = numberOf('socket');
      for (const upper of [1n, 0x80000000n, 0xffffffffn]) {
        expect(answer(socket, (upper << 32n) | 38n)).toBe('EPERM');
        expect(answer(socket, (upper << 32n) | 40n)).toBe('EPERM');
        expect(answer(numberOf('clone'), (upper << 32n) | 0x10000000n)).toBe('EPERM');
        expect(answer(numberOf('personality'), (upper << 32n) | 0x40000n)).toBe('EPERM');
      }
    });

    test('chroot is allowed, since CAP_SYS_CHROOT is granted', () => {
      expect(answer(numberOf('chroot'))).toBe('ALLOW');
      expect(simulate(filterFor(processor, []), { architecture: audit, number: numberOf('chroot') })).toBe(
        'EPERM',
      );
    });
  },
);

test('socketcall, where no filter sees the address family, makes no socket but serves the others', () => {
  const filter = filterFor('SCMP_ARCH_X86_64', defaultCapabilities);
  const socketcall = library.resolveNameOn(0x40000003, 'socketcall') ?? -1;
  for (let call = 0; call <= 20; call++) {
    const answer = simulate(filter, { architecture: 0x40000003, number: socketcall, args: [call] });
    expect({ call, answer }).toEqual({ call, answer: call === 1 ? 'EPERM' : 'ALLOW' });
  }
});

test.each([
  ['CAP_BPF', 'bpf'],
  ['CAP_DAC_READ_SEARCH', 'open_by_handle_at'],
  ['CAP_PERFMON', 'perf_event_open'],
  ['CAP_SYSLOG', 'syslog'],
  ['CAP_SYS_ADMIN', 'mount'],
  ['CAP_SYS_ADMIN', 'unshare'],
  ['CAP_SYS_ADMIN', 'clone3'],
  ['CAP_SYS_BOOT', 'reboot'],
  ['CAP_SYS_CHROOT', 'chroot'],
  ['CAP_SYS_MODULE', 'init_module'],
  ['CAP_SYS_NICE', 'mbind'],
  ['CAP_SYS_PACCT', 'acct'],
  ['CAP_SYS_PTRACE', 'kcmp'],
  ['CAP_SYS_RAWIO', 'iopl'],
  ['CAP_SYS_TIME', 'clock_settime'],
  ['CAP_SYS_TTY_CONFIG', 'vhangup'],
])('%s opens %s, and nothing else does', (capability, name) => {
  const number = library.resolveNameOn(0xc000003e, name) ?? -1;
  const answer = (granted: string[]): string =>
    simulate(filterFor('SCMP_ARCH_X86_64', granted), { architecture: 0xc000003e, number });
  expect(answer([capability])).toBe('ALLOW');
  const others = capabilities.filter((other) => other !== capability);
  // CAP_SYS_ADMIN is the older way to three of them.
  const alsoByAdmin = ['bpf', 'perf_event_open', 'syslog'].includes(name);
  expect(answer(others)).toBe(alsoByAdmin ? 'ALLOW' : name === 'clone3' ? 'ENOSYS' : 'EPERM');
});

test('CAP_SYS_ADMIN opens the namespaces of clone', () => {
  const filter = filterFor('SCMP_ARCH_X86_64', ['CAP_SYS_ADMIN']);
  expect(simulate(filter, { architecture: 0xc000003e, number: 56, args: [0x10000011] })).toBe('ALLOW');
});

test('all capabilities together do not open the keyrings, io_uring or kexec', () => {
  const filter = filterFor('SCMP_ARCH_X86_64', capabilities);
  for (const name of ['add_key', 'keyctl', 'request_key', 'io_uring_setup', 'kexec_load', 'userfaultfd']) {
    const number = library.resolveNameOn(0xc000003e, name) ?? -1;
    expect({ name, answer: simulate(filter, { architecture: 0xc000003e, number }) }).toEqual({
      name,
      answer: 'EPERM',
    });
  }
});

function newestOf(scmp: number): number {
  const base = scmp === 0x4000003e ? x32Bit : 0;
  let newest = 0;
  for (let number = 0; number < 512; number++) if (library.isKnown(scmp, base + number)) newest = number;
  return newest;
}

function numbered(first: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, first + index]));
}
