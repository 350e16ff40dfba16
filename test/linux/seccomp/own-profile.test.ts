import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { compile } from '../../../src/linux/seccomp/compile.ts';
import { defaultProfile } from '../../../src/linux/seccomp/default-profile.ts';
import { x32Bit } from '../../../src/linux/seccomp/guard.ts';
import { findLibseccomp, loadLibseccomp } from '../../../src/linux/seccomp/libseccomp.ts';
import { ownProfile } from '../../../src/linux/seccomp/own-profile.ts';
import { selectRules } from '../../../src/linux/seccomp/profile.ts';
import { syscallNames } from '../../../src/linux/seccomp/syscall-names.ts';
import { simulate } from './simulator.ts';

const library = loadLibseccomp(findLibseccomp());
const [x8664, i386] = [0xc000003e, 0x40000003];
const [READ, MKDIR, SOCKET] = [0, 83, 41];
const host = { machine: 'amd64', kernel: '6.1.0-18-amd64' };
const family = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];

/** The filter of a profile as JSON text, or as what is to be written so. */
function filterOf(profile: string | object, capabilities: readonly string[] = [], on = host): Buffer {
  const text = typeof profile === 'string' ? profile : JSON.stringify(profile);
  const own = ownProfile(text, 'SCMP_ARCH_X86_64');
  return compile(library, own, selectRules(own, capabilities, on), 'SCMP_ARCH_X86_64');
}

const answer = (filter: Buffer, number: number, ...args: (number | bigint)[]) =>
  simulate(filter, { architecture: x8664, number, args });

const rule = (name: string, action: string, more: object = {}) => ({ names: [name], action, ...more });

test('the default profile in the form of a file answers as the built-in one does', () => {
  const { newestSyscall, ...file } = defaultProfile;
  const own = filterOf(file, defaultCapabilities);
  const builtIn = compile(
    library,
    defaultProfile,
    selectRules(defaultProfile, defaultCapabilities),
    'SCMP_ARCH_X86_64',
  );
  const call = fc.record({
    architecture: fc.constantFrom(x8664, i386),
    number: fc.oneof(
      fc.nat(600),
      fc.nat(600).map((number) => number + x32Bit),
      fc.nat(0xffffffff),
    ),
    args: fc.array(fc.oneof(fc.nat(64), fc.bigInt(0n, 2n ** 64n - 1n)), { minLength: 6, maxLength: 6 }),
  });
  fc.assert(
    fc.property(call, (call) => {
      expect(simulate(own, call)).toBe(simulate(builtIn, call));
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['SCMP_ACT_ALLOW', {}, 'ALLOW'],
  ['SCMP_ACT_LOG', {}, '0x7ffc0000'],
  ['SCMP_ACT_ERRNO', {}, 'EPERM'],
  ['SCMP_ACT_ERRNO', { errnoRet: 38 }, 'ENOSYS'],
  ['SCMP_ACT_ERRNO', { errno: 'ENOSYS' }, 'ENOSYS'],
  ['SCMP_ACT_ERRNO', { errnoRet: 0 }, '0x50000'],
  ['SCMP_ACT_TRAP', {}, '0x30000'],
  ['SCMP_ACT_KILL', {}, '0x0'],
  ['SCMP_ACT_KILL_THREAD', {}, '0x0'],
  ['SCMP_ACT_KILL_PROCESS', {}, '0x80000000'],
])('%s %j is what the kernel is told, as a rule and as the default', (action, errno, expected) => {
  const other = action === 'SCMP_ACT_ALLOW' ? 'SCMP_ACT_ERRNO' : 'SCMP_ACT_ALLOW';
  const asRule = filterOf({ defaultAction: other, syscalls: [rule('mkdir', action, errno)] });
  expect(answer(asRule, MKDIR)).toBe(expected);
  expect(answer(asRule, READ)).toBe(other === 'SCMP_ACT_ALLOW' ? 'ALLOW' : 'EPERM');
  const defaults = Object.fromEntries(
    Object.entries(errno).map(([key, value]) => [
      key === 'errno' ? 'defaultErrno' : 'defaultErrnoRet',
      value,
    ]),
  );
  // An error of 0 is refused as the answer to the other two.
  const rules = ['mkdir', 'execve', 'exit_group'].map((name) => rule(name, other));
  const asDefault = filterOf({ defaultAction: action, ...defaults, syscalls: rules });
  expect(answer(asDefault, READ)).toBe(expected);
});

test('a rule that says what happens anyway changes nothing', () => {
  const filter = filterOf({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule('mkdir', 'SCMP_ACT_ERRNO')] });
  expect(answer(filter, MKDIR)).toBe('EPERM');
});

describe('rules for one call', () => {
  const [allow, deny, kill] = ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL'];
  const args = [{ index: 0, op: 'SCMP_CMP_EQ', value: 1 }];
  const of = (...rules: (readonly [action: string | undefined, args?: object[]])[]) =>
    filterOf({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: rules.map(([action, args]) => rule('mkdir', String(action), { args })),
    });

  test.each([
    { first: [deny, args], second: [allow] },
    { first: [kill, args], second: [allow] },
    { first: [allow, args], second: [kill] },
    { first: [allow], second: [deny] },
    { first: [kill], second: [allow] },
  ] as { first: [string, object[]?]; second: [string, object[]?] }[])(
    '%j contradict one another, whichever comes first',
    ({ first, second }) => {
      expect(() => of(first, second)).toThrow('contradict one another');
      expect(() => of(second, first)).toThrow('contradict one another');
    },
  );

  test('may say of the rest what happens anyway, and the same twice', () => {
    const filter = of([allow, args], [deny]);
    expect([1, 2].map((argument) => answer(filter, MKDIR, argument))).toEqual(['ALLOW', 'EPERM']);
    expect(answer(of([allow, args], [allow]), MKDIR, 2)).toBe('ALLOW');
    const other = [{ index: 0, op: 'SCMP_CMP_EQ', value: 2 }];
    expect(answer(of([kill, args], [allow, other]), MKDIR, 1)).toBe('0x0');
  });
});

const comparisons: { [op: string]: (left: bigint, right: bigint) => boolean } = {
  SCMP_CMP_NE: (left, right) => left !== right,
  SCMP_CMP_LT: (left, right) => left < right,
  SCMP_CMP_LE: (left, right) => left <= right,
  SCMP_CMP_EQ: (left, right) => left === right,
  SCMP_CMP_GE: (left, right) => left >= right,
  SCMP_CMP_GT: (left, right) => left > right,
};

test.each(Object.entries(comparisons))('%s compares all 64 bits', (op, compare) => {
  const number = fc.oneof(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 3n),
    fc.bigInt(2n ** 53n, 2n ** 53n + 3n),
  );
  fc.assert(
    fc.property(number, number, (value, found) => {
      const text = `{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["mkdir"],
        "action": "SCMP_ACT_ALLOW", "args": [{ "index": 1, "op": "${op}", "value": ${value} }] }] }`;
      const filter = filterOf(text);
      for (const seen of [found, value, BigInt.asUintN(64, value + 1n)]) {
        expect(answer(filter, MKDIR, 0, seen)).toBe(compare(seen, value) ? 'ALLOW' : 'EPERM');
      }
    }),
    { numRuns: 60 },
  );
});

test('a number above 2^53 is the one that the file has, not the nearest that JavaScript has', () => {
  const text = `{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 9007199254740993 }] }] }`;
  expect(answer(filterOf(text), MKDIR, 2n ** 53n + 1n)).toBe('EPERM');
  expect(answer(filterOf(text), MKDIR, 2n ** 53n)).toBe('ALLOW');
});

test('under a mask the rest does not count, and bits outside of it are refused', () => {
  const masked = (value: string, valueTwo: string) =>
    filterOf(`{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": ${value}, "valueTwo": ${valueTwo} }] }] }`);
  const filter = masked('18446744069414584321', '1');
  expect(answer(filter, MKDIR, 0xfffffffdn)).toBe('ALLOW');
  expect(answer(filter, MKDIR, 0x1fffffffdn)).toBe('EPERM');
  expect(answer(filter, MKDIR, 0xfffffffen)).toBe('EPERM');
  expect(() => masked('1', '3')).toThrow('valueTwo 3 has bits that the mask 1 has not');
});

describe('where a rule counts', () => {
  const scoped = (scope: object, capabilities: string[] = [], on = host) =>
    answer(
      filterOf(
        { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule('mkdir', 'SCMP_ACT_ALLOW', scope)] },
        capabilities,
        on,
      ),
      MKDIR,
    ) === 'ALLOW';

  test('all capabilities have to be granted, none of those excluded', () => {
    const both = ['CAP_SYS_ADMIN', 'CAP_BPF'];
    expect(scoped({ includes: { caps: both } }, both)).toBe(true);
    expect(scoped({ includes: { caps: both } }, ['CAP_BPF'])).toBe(false);
    expect(scoped({ excludes: { caps: both } }, ['CAP_BPF'])).toBe(false);
    expect(scoped({ excludes: { caps: both } })).toBe(true);
  });

  test('the machine is one of those included and none of those excluded', () => {
    expect(scoped({ includes: { arches: ['x32', 'amd64'] } })).toBe(true);
    expect(scoped({ includes: { arches: ['arm64'] } })).toBe(false);
    expect(scoped({ excludes: { arches: ['s390x'] } })).toBe(true);
    expect(scoped({ excludes: { arches: ['amd64'] } })).toBe(false);
  });

  test.each([
    ['4.8', true],
    ['6.1', true],
    ['6.2', false],
    ['10.0', false],
    ['5.99', true],
  ])('kernel 6.1 is at least %s: %s', (minKernel, isAtLeast) => {
    expect(scoped({ includes: { minKernel } })).toBe(isAtLeast);
    expect(scoped({ excludes: { minKernel } })).toBe(!isAtLeast);
  });
});

describe.each([
  ['SCMP_ACT_ERRNO', 'SCMP_ACT_ALLOW', 'EPERM'],
  ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'ALLOW'],
])('with %s for the rest', (defaultAction, action, rest) => {
  const syscalls = [rule('mkdir', action)];
  const [mkdirOnI386, killed] = [39, '0x80000000'];
  const said = action === 'SCMP_ACT_ALLOW' ? 'ALLOW' : 'EPERM';
  const other = (filter: Buffer, architecture: number, number: number) =>
    simulate(filter, { architecture, number });

  test.each([
    ['nothing', {}],
    ['an empty archMap', { archMap: [], architectures: null }],
    ['only the processor', { architectures: ['SCMP_ARCH_X86_64'] }],
    ['no others', { archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: null }] }],
  ])('32-bit and x32 calls are killed where %s is said of them', (_, map) => {
    const filter = filterOf({ defaultAction, syscalls, ...map });
    expect(answer(filter, MKDIR)).toBe(said);
    for (const number of [mkdirOnI386, 3, 0, 400]) {
      expect(other(filter, i386, number)).toBe(killed);
      expect(other(filter, x8664, x32Bit + number)).toBe(killed);
      expect(other(filter, 0xc00000b7, number)).toBe(killed);
    }
  });

  test.each([
    ['archMap', { archMap: [{ architecture: family[0], subArchitectures: family.slice(1) }] }],
    ['architectures', { architectures: family }],
  ])('they are held to the same by %s', (_, map) => {
    const filter = filterOf({ defaultAction, syscalls, ...map });
    expect([answer(filter, MKDIR), other(filter, i386, mkdirOnI386), answer(filter, x32Bit + MKDIR)]).toEqual(
      [said, said, said],
    );
    expect([answer(filter, READ), other(filter, i386, 3), answer(filter, x32Bit + READ)]).toEqual([
      rest,
      rest,
      rest,
    ]);
  });

  test('calls that libseccomp cannot name are denied where the rest is', () => {
    const filter = filterOf({ defaultAction, syscalls, architectures: family });
    expect(answer(filter, 900)).toBe(rest === 'EPERM' ? 'ENOSYS' : 'ALLOW');
  });
});

test.each([
  { architectures: ['SCMP_ARCH_AARCH64'] },
  { archMap: [{ architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] }] },
])("a profile that leaves out this machine's own calls is refused: %j", (map) => {
  expect(() => filterOf({ defaultAction: 'SCMP_ACT_ALLOW', ...map })).toThrow(
    "it has no rules for this machine's SCMP_ARCH_X86_64",
  );
});

describe('what i386 hides behind a pointer', () => {
  const socketcall = (filter: Buffer, call: number) =>
    simulate(filter, { architecture: i386, number: 102, args: [call] });
  const args = [{ index: 0, op: 'SCMP_CMP_NE', value: 40 }];
  const conditional = { defaultAction: 'SCMP_ACT_ERRNO', architectures: family };

  test('is refused where an argument decides, also where socketcall is allowed as a whole', () => {
    const rules = [rule('socket', 'SCMP_ACT_ALLOW', { args }), rule('bind', 'SCMP_ACT_ALLOW')];
    for (const more of [[], [rule('socketcall', 'SCMP_ACT_ALLOW')]]) {
      const filter = filterOf({ ...conditional, syscalls: [...rules, ...more] });
      expect([1, 2].map((call) => socketcall(filter, call))).toEqual(['EPERM', 'ALLOW']);
      expect([40, 41].map((family) => answer(filter, SOCKET, family))).toEqual(['EPERM', 'ALLOW']);
    }
  });

  test('is allowed where no argument decides', () => {
    const syscalls = [rule('socket', 'SCMP_ACT_ALLOW'), rule('socket', 'SCMP_ACT_ALLOW', { args })];
    expect(socketcall(filterOf({ ...conditional, syscalls }), 1)).toBe('ALLOW');
  });

  test('is denied as a whole where a denied argument would be let through', () => {
    const syscalls = [
      rule('socket', 'SCMP_ACT_ERRNO', { args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 40 }] }),
    ];
    const filter = filterOf({ defaultAction: 'SCMP_ACT_ALLOW', architectures: family, syscalls });
    expect(socketcall(filter, 1)).toBe('EPERM');
  });
});

test('a call that libseccomp does not know is left denied, and refused where it could not be', () => {
  const young = 'open_tree_attr';
  expect(library.resolveName(young)).toBeUndefined();
  expect(syscallNames().has(young)).toBe(true);
  const allowed = filterOf({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [rule(young, 'SCMP_ACT_ALLOW')] });
  expect(answer(allowed, 467)).toBe('ENOSYS');
  for (const [defaultAction, action] of [
    ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO'],
    ['SCMP_ACT_ERRNO', 'SCMP_ACT_KILL'],
  ]) {
    const syscalls = [rule(young, String(action))];
    expect(() => filterOf({ defaultAction, syscalls })).toThrow(`does not know "${young}"`);
  }
});

test('the names are those of all processors', () => {
  const names = syscallNames();
  const all = [...names.all()];
  for (const name of [
    'read',
    'swapcontext',
    's390_pci_mmio_read',
    'arm_fadvise64_64',
    'uretprobe',
    'mseal',
  ]) {
    expect(names.has(name), name).toBe(true);
  }
  expect(all).toEqual(expect.arrayContaining(['read', 'swapcontext', 's390_pci_mmio_read', 'mseal']));
  expect(names.has('mkdri')).toBe(false);
});
