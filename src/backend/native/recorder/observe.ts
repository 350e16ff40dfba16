import { ScError } from '../../../errors/error.ts';
import { capabilities } from '../../../linux/capabilities.ts';
import type { DeviceNumber } from '../../../linux/devices.ts';
import { type KernelSymbols, readKernelSymbols } from '../../../linux/kernel-symbols.ts';
import { findLibseccomp, type Libseccomp, loadLibseccomp } from '../../../linux/seccomp/libseccomp.ts';
import type { Observations, SeenDevice, SeenSyscall, SyscallForm, Unseen } from '../../recording.ts';
import { FRAMES, forms, layout, personalities, ROOM, SYSCALLS } from './layout.ts';

/** SCMP_ARCH_* of each form on x86-64, and what stands in its numbers beside them. */
const architectures: Readonly<Record<SyscallForm, { architecture: number; bit: number }>> = {
  native: { architecture: 0xc000003e, bit: 0 },
  x32: { architecture: 0x4000003e, bit: 0x40000000 },
  compat: { architecture: 0x40000003, bit: 0 },
};

/** BPF_DEVCG_ACC_* and BPF_DEVCG_DEV_BLOCK (linux/bpf.h). */
const accesses = { r: 2, w: 4, m: 1 } as const;
const BLOCK = 1;

/** Of the phases, the last. */
const EXECUTED = 2n;

/**
 * Functions of the kernel that ask for a capability without need of it, as whether a process may use the
 * last of the memory; their checks have CAP_OPT_NOAUDIT.
 */
const onlyAsking = /_noaudit$|^(security|cap)_vm_enough_memory|^(do_seccomp|seccomp_)/;

/** Reads what the programs have noted. Throws SC_UNSUPPORTED where that is nothing. */
export function observe(
  state: Buffer,
  devices: readonly Buffer[],
  checks: readonly Buffer[],
  unseen: readonly Unseen[],
): Observations {
  if (state.readBigUInt64LE(layout.phase) !== EXECUTED) {
    throw new ScError('SC_UNSUPPORTED', 'the container has no pid namespace of its own to be known by');
  }
  const library = loadLibseccomp(findLibseccomp());
  const used = syscallsAt(state, layout.enteredSyscalls, library);
  const isUsed = ({ form, number }: SeenSyscall) =>
    used.some((syscall) => syscall.form === form && syscall.number === number);
  const refusedWith = (table: number, errno: 'EPERM' | 'ENOSYS') =>
    syscallsAt(state, table, library)
      .filter((syscall) => !isUsed(syscall))
      .map((syscall) => ({ ...syscall, errno }));
  const missing = [...unseen];
  const lost = (what: Unseen['what'], at: number) => {
    if (state.readBigUInt64LE(at) !== 0n) missing.push({ what, why: 'there were too many different ones' });
  };
  lost('capabilities', layout.lostChecks);
  lost('devices', layout.lostDevices);
  const symbols = checks.length > 0 ? readKernelSymbols() : () => undefined;
  if (symbols === undefined)
    missing.push({ what: 'capabilities', why: 'the kernel hides who checks them (kernel.kptr_restrict)' });
  const isSeen = (what: Unseen['what']) => !missing.some((item) => item.what === what);

  return {
    syscalls: used,
    refusedSyscalls: [
      ...refusedWith(layout.refusedSyscalls, 'EPERM'),
      ...refusedWith(layout.missingSyscalls, 'ENOSYS'),
    ],
    socketFamilies: bytesAt(state, layout.socketFamilies, ROOM),
    cloneFlags: Number(state.readBigUInt64LE(layout.cloneFlags) & 0xffff_ffffn),
    ...personalitiesOf(state),
    ...(isSeen('capabilities') && symbols && { capabilities: capabilitiesOf(state, checks, symbols) }),
    ...(isSeen('devices') && { devices: devicesOf(devices) }),
    unseen: missing,
  };
}

/** Numbers of the bytes that are set. */
function bytesAt(state: Buffer, at: number, count: number): number[] {
  return [...state.subarray(at, at + count).entries()].flatMap(([number, isSet]) => (isSet ? [number] : []));
}

function syscallsAt(state: Buffer, table: number, library: Libseccomp): SeenSyscall[] {
  return forms.flatMap((form, index) => {
    const { architecture, bit } = architectures[form];
    return bytesAt(state, table + index * SYSCALLS, SYSCALLS).map((number) => {
      const name = library.resolveNumber(architecture, number | bit);
      return { form, number, ...(name !== undefined && { name }) };
    });
  });
}

function personalitiesOf(state: Buffer): Pick<Observations, 'personalities' | 'hasOtherPersonalities'> {
  const seen = bytesAt(state, layout.personalities, personalities.length + 1);
  return {
    personalities: personalities.filter((_, index) => seen.includes(index)),
    hasOtherPersonalities: seen.includes(personalities.length),
  };
}

function capabilitiesOf(
  state: Buffer,
  checks: readonly Buffer[],
  symbols: KernelSymbols,
): { used: string[]; refused: string[] } {
  const used = new Set(bytesAt(state, layout.grantedCapabilities, ROOM));
  const refused = new Set(bytesAt(state, layout.refusedCapabilities, ROOM));
  for (const check of checks) {
    const frames = Array.from({ length: FRAMES }, (_, frame) => check.readBigUInt64LE(8 + 8 * frame));
    if (frames.some((address) => onlyAsking.test(symbols(address) ?? ''))) continue;
    (check.readUInt32LE(4) === 1 ? used : refused).add(check.readUInt32LE(0));
  }
  const names = (numbers: ReadonlySet<number>) => capabilities.filter((_, number) => numbers.has(number));
  return { used: names(used), refused: names(refused).filter((name) => !names(used).includes(name)) };
}

function devicesOf(keys: readonly Buffer[]): SeenDevice[] {
  const seen = new Map<string, DeviceNumber & { access: number }>();
  for (const key of keys) {
    const type = key.readUInt16LE(0) === BLOCK ? 'b' : 'c';
    const [minor, major] = [key.readUInt32LE(8), key.readUInt32LE(12)];
    const name = `${type} ${major}:${minor}`;
    const access = key.readUInt16LE(2) | (seen.get(name)?.access ?? 0);
    seen.set(name, { type, major, minor, access });
  }
  return [...seen.values()].map(({ access, ...device }) => ({
    ...device,
    access: Object.entries(accesses)
      .flatMap(([letter, bit]) => (access & bit ? [letter] : []))
      .join(''),
  }));
}
