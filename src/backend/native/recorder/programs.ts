import { Assembler, type Register } from '../../../linux/bpf/assembler.ts';
import type { KernelTypes } from '../../../linux/bpf/btf.ts';
import { CHECK_SIZE, FRAMES, forms, layout, personalities, ROOM, SYSCALLS } from './layout.ts';
import { PR_MARK } from './mark.ts';
import type { Processor } from './processor.ts';

/** Functions of the kernel for programs (linux/bpf.h). */
const mapUpdate = 2;
const getCurrentTask = 35;
const getStack = 67;
const probeReadKernel = 113;

const EPERM = 1;
const ENOSYS = 38;
/** Such checks only ask whether more could be done (include/linux/security.h). */
const CAP_OPT_NOAUDIT = 2;
const X32_BIT = 0x4000_0000;

/** What the programs need to know of this kernel. */
export interface RecorderKernel {
  types: KernelTypes;
  processor: Processor;
}

/** Descriptors of the maps. */
export interface Maps {
  state: number;
  devices: number;
  checks: number;
}

/** The stack of a program, from its end. */
const stack = {
  read: -8,
  task: -16,
  pid: -24,
  registers: -32,
  value: -40,
  device: -64,
  check: -64 - CHECK_SIZE,
} as const;

/**
 * At the beginning of each system call that the filter lets pass (kernel/entry/common.c has the filter first).
 * The mark, made by init of the one container that knows the nonce, says which container it is.
 */
export function atSyscallEntry({ types, processor }: RecorderKernel, { state }: Maps, nonce: bigint): Buffer {
  const a = new Assembler();
  const { calls } = processor;
  a.load(8, 1, 8, 8);
  a.load(2, 1, 0, 8);
  a.store(10, stack.registers, { register: 2 }, 8);
  a.mapValue(7, state);
  a.load(1, 7, layout.phase, 8);
  a.jump('recording', 'notEqual', 1, 0);

  a.jump('out', 'notEqual', 8, calls.prctl);
  readArgument(a, types, processor, 0);
  a.jump('out', 'notEqual', 1, PR_MARK);
  readArgument(a, types, processor, 1);
  a.constant(2, nonce);
  a.jump('out', 'notEqual', 1, { register: 2 });
  begin(a, types);
  a.exit();

  a.place('recording');
  belong(a, types);
  isolateForm(a, types, processor);
  a.load(1, 7, layout.phase, 8);
  a.jump('executed', 'notEqual', 1, 1);
  a.jump('out', 'equal', 8, calls.seccomp);
  a.jump('begun', 'equal', 8, calls.execve);
  a.jump('executed', 'notEqual', 8, calls.execveat);
  a.place('begun');
  a.store(7, layout.phase, 2, 8);
  a.place('executed');
  a.compute(1, 'move', { register: 7 });
  a.compute(1, 'add', { register: 6 });
  a.compute(1, 'add', { register: 8 });
  a.store(1, layout.enteredSyscalls, 1, 1);
  // The arguments of 32-bit calls are elsewhere.
  a.jump('out', 'equal', 6, 2 * SYSCALLS);
  a.jump('socket', 'equal', 8, calls.socket);
  a.jump('clone', 'equal', 8, calls.clone);
  a.jump('personality', 'equal', 8, calls.personality);
  a.exit();

  a.place('socket');
  readArgument(a, types, processor, 0);
  a.compute(1, 'and', ROOM - 1);
  a.compute(1, 'add', { register: 7 });
  a.store(1, layout.socketFamilies, 1, 1);
  a.exit();

  a.place('clone');
  readArgument(a, types, processor, 0);
  a.setBits(7, layout.cloneFlags, 1);
  a.exit();

  a.place('personality');
  readArgument(a, types, processor, 0);
  a.compute(1, 'move', { register: 1 }, 4);
  for (const [index, personality] of personalities.entries()) {
    a.constant(2, BigInt(personality));
    a.jump(`no ${index}`, 'notEqual', 1, { register: 2 });
    a.store(7, layout.personalities + index, 1, 1);
    a.exit();
    a.place(`no ${index}`);
  }
  a.store(7, layout.personalities + personalities.length, 1, 1);
  a.place('out');
  a.exit();
  return a.finish();
}

/** At the end of each: a filter that refuses a call skips its beginning. */
export function atSyscallExit({ types, processor }: RecorderKernel, { state }: Maps): Buffer {
  const a = new Assembler();
  a.load(8, 1, 8, 8);
  a.load(6, 1, 0, 8);
  a.mapValue(7, state);
  a.load(1, 7, layout.phase, 8);
  a.jump('out', 'equal', 1, 0);
  a.jump('refused', 'equal', 8, -EPERM);
  a.jump('out', 'notEqual', 8, -ENOSYS);
  a.place('refused');
  a.store(10, stack.value, { register: 8 }, 8);
  belong(a, types);
  readKernel(a, 6, types.offset('pt_regs', processor.number));
  a.compute(8, 'move', { register: 1 }, 4);
  isolateForm(a, types, processor);
  a.compute(1, 'move', { register: 7 });
  a.compute(1, 'add', { register: 6 });
  a.compute(1, 'add', { register: 8 });
  a.load(2, 10, stack.value, 8);
  a.jump('missing', 'equal', 2, -ENOSYS);
  a.store(1, layout.refusedSyscalls, 1, 1);
  a.exit();
  a.place('missing');
  a.store(1, layout.missingSyscalls, 1, 1);
  a.place('out');
  a.exit();
  return a.finish();
}

/**
 * At the end of cap_capable(cred, namespace, capability, options), which says in its options whether the check
 * only asks if more could be done; such a one is passed over.
 */
export function atEndOfCapabilityCheck({ types }: RecorderKernel, { state }: Maps): Buffer {
  const a = new Assembler();
  beginCapabilityCheck(a, types, { state, capability: 16, result: 32 }, () => {
    a.load(1, 6, 24, 8);
    a.compute(1, 'and', CAP_OPT_NOAUDIT);
    a.jump('out', 'notEqual', 1, 0);
  });
  for (const [granted, table] of capabilityTables) {
    a.jump(`not ${granted}`, 'notEqual', 9, granted);
    a.compute(8, 'add', { register: 7 });
    a.store(8, layout[table], 1, 1);
    a.exit();
    a.place(`not ${granted}`);
  }
  a.place('out');
  a.exit();
  return a.finish();
}

/**
 * At the tracepoint of the same (since Linux 6.14), which does not know the options: who asked is noted
 * instead, and functions of the kernel that only ask are known by their names.
 */
export function atCapabilityTracepoint({ types }: RecorderKernel, { state, checks }: Maps): Buffer {
  const a = new Assembler();
  beginCapabilityCheck(a, types, { state, capability: 24, result: 32 }, () => {});
  a.compute(9, 'leftShift', 32);
  a.compute(8, 'or', { register: 9 });
  a.store(10, stack.check, { register: 8 }, 8);
  for (let frame = 0; frame < FRAMES; frame++) a.store(10, stack.check + 8 + 8 * frame, 0, 8);
  a.compute(1, 'move', { register: 6 });
  pointToStack(a, 2, stack.check + 8);
  a.compute(3, 'move', 8 * FRAMES);
  a.compute(4, 'move', 0);
  a.call(getStack);
  note(a, checks, stack.check, layout.lostChecks);
  a.place('out');
  a.exit();
  return a.finish();
}

const capabilityTables = [
  [1, 'grantedCapabilities'],
  [0, 'refusedCapabilities'],
] as const;

/**
 * Leaves the capability in register 8, and in 9 whether it was granted by the credentials. Goes out unless
 * those are the container's own: overlayfs asks with the ones of who mounted it, and in a user namespace that
 * the container has made capabilities are not its. `first` looks at what is in register 6 sooner.
 */
function beginCapabilityCheck(
  a: Assembler,
  types: KernelTypes,
  at: { state: number; capability: number; result: number },
  first: () => void,
): void {
  a.compute(6, 'move', { register: 1 });
  a.mapValue(7, at.state);
  a.load(1, 7, layout.phase, 8);
  a.jump('out', 'notEqual', 1, 2);
  first();
  belong(a, types);
  a.load(8, 6, 0, 8);
  readKernel(a, 9, types.offset('task_struct', 'real_cred'));
  a.jump('out', 'notEqual', 1, { register: 8 });
  readKernel(a, 8, types.offset('cred', 'user_ns'));
  a.load(2, 7, layout.userNamespace, 8);
  a.jump('out', 'notEqual', 1, { register: 2 });
  readKernel(a, 8, types.offset('cred', 'cap_effective'));
  a.load(8, 6, at.capability, 8);
  a.compute(8, 'and', ROOM - 1);
  a.compute(9, 'move', 0);
  a.load(2, 6, at.result, 8);
  a.jump('known', 'notEqual', 2, 0, 4);
  // Whoever has made a namespace may do all in it without any.
  a.compute(1, 'rightShift', { register: 8 });
  a.compute(1, 'and', 1);
  a.jump('out', 'equal', 1, 0);
  a.compute(9, 'move', 1);
  a.place('known');
}

/**
 * Where a process asks for a device: struct bpf_cgroup_dev_ctx, access_type (type in the lower half, what
 * for in the upper one), major, minor. Never refuses.
 */
export function atDevice({ types }: RecorderKernel, { state, devices }: Maps): Buffer {
  const a = new Assembler();
  a.compute(6, 'move', { register: 1 });
  a.mapValue(7, state);
  a.load(1, 7, layout.phase, 8);
  a.jump('out', 'notEqual', 1, 2);
  belong(a, types);
  a.load(1, 6, 0, 4);
  a.store(10, stack.device, { register: 1 }, 8);
  a.load(1, 6, 4, 4);
  a.compute(1, 'leftShift', 32);
  a.load(2, 6, 8, 4);
  a.compute(1, 'or', { register: 2 });
  a.store(10, stack.device + 8, { register: 1 }, 8);
  note(a, devices, stack.device, layout.lostDevices);
  a.place('out');
  a.exit(1);
  return a.finish();
}

/** Adds a key that stands on the stack to a map, or notes in the state that there was no room. */
function note(a: Assembler, map: number, key: number, lost: number): void {
  a.store(10, stack.value, 1, 8);
  a.map(1, map);
  pointToStack(a, 2, key);
  pointToStack(a, 3, stack.value);
  a.compute(4, 'move', 0);
  a.call(mapUpdate);
  a.jump('out', 'equal', 0, 0);
  a.store(7, lost, 1, 8);
}

function pointToStack(a: Assembler, to: Register, offset: number): void {
  a.compute(to, 'move', { register: 10 });
  a.compute(to, 'add', offset);
}

/** Notes which container it is; last that it was noted, since other processors look already. */
function begin(a: Assembler, types: KernelTypes): void {
  a.call(getCurrentTask);
  a.compute(9, 'move', { register: 0 });
  readKernel(a, 9, types.offset('task_struct', 'real_cred'));
  readKernel(a, 1, types.offset('cred', 'user_ns'));
  a.store(7, layout.userNamespace, { register: 1 }, 8);
  readKernel(a, 9, types.offset('task_struct', 'thread_pid'));
  a.compute(8, 'move', { register: 1 });
  readKernel(a, 8, types.offset('pid', 'level'), 4);
  a.store(7, layout.pidLevel, { register: 1 }, 8);
  // A process has a number in its own namespace and in each above (struct pid, struct upid).
  const shift = Math.log2(types.size('upid'));
  a.compute(1, 'leftShift', shift);
  a.compute(1, 'add', types.offset('pid', 'numbers'));
  a.compute(2, 'move', { register: 1 });
  a.compute(2, 'add', types.offset('upid', 'ns'));
  a.store(7, layout.pidNumber, { register: 2 }, 8);
  a.compute(8, 'add', { register: 1 });
  // In a namespace that is not the container's own others would be seen too.
  readKernel(a, 8, types.offset('upid', 'nr'), 4);
  a.jump('out', 'notEqual', 1, 1);
  readKernel(a, 8, types.offset('upid', 'ns'));
  a.store(7, layout.pidNamespace, { register: 1 }, 8);
  a.store(7, layout.phase, 1, 8);
}

/**
 * Goes out unless the current process is of the container, in its pid namespace or in one below. Leaves
 * its task_struct in register 9.
 */
function belong(a: Assembler, types: KernelTypes): void {
  a.call(getCurrentTask);
  a.store(10, stack.task, { register: 0 }, 8);
  readKernel(a, 0, types.offset('task_struct', 'thread_pid'));
  a.store(10, stack.pid, { register: 1 }, 8);
  readKernel(a, 1, types.offset('pid', 'level'), 4);
  a.load(2, 7, layout.pidLevel, 8);
  a.jump('out', 'less', 1, { register: 2 });
  a.load(1, 10, stack.pid, 8);
  a.load(2, 7, layout.pidNumber, 8);
  a.compute(1, 'add', { register: 2 });
  readKernel(a, 1, 0);
  a.load(2, 7, layout.pidNamespace, 8);
  a.jump('out', 'notEqual', 1, { register: 2 });
  a.load(9, 10, stack.task, 8);
}

/** Makes of the number in register 8 the bare one, and of 6 where its form has its part of a table. */
function isolateForm(a: Assembler, types: KernelTypes, { compat }: Processor): void {
  readKernel(a, 9, types.offset('task_struct', compat.member), 4);
  a.compute(1, 'and', compat.bit);
  a.compute(6, 'move', forms.indexOf('compat') * SYSCALLS);
  a.jump('form is known', 'notEqual', 1, 0);
  a.compute(6, 'move', forms.indexOf('x32') * SYSCALLS);
  a.compute(1, 'move', { register: 8 });
  a.compute(1, 'and', X32_BIT);
  a.compute(8, 'and', ~X32_BIT);
  a.jump('form is known', 'notEqual', 1, 0);
  a.compute(6, 'move', forms.indexOf('native') * SYSCALLS);
  a.place('form is known');
  a.jump('out', 'greater', 8, SYSCALLS - 1);
}

/** Into register 1, from the registers of who makes the call. */
function readArgument(a: Assembler, types: KernelTypes, processor: Processor, index: 0 | 1): void {
  a.load(1, 10, stack.registers, 8);
  readKernel(a, 1, types.offset('pt_regs', processor.arguments[index]));
}

/** Into register 1, what is so many bytes behind a pointer; 0 where nothing can be read. */
function readKernel(a: Assembler, pointer: Register, offset: number, size: 2 | 4 | 8 = 8): void {
  a.compute(3, 'move', { register: pointer });
  a.compute(3, 'add', offset);
  a.store(10, stack.read, 0, 8);
  a.compute(1, 'move', { register: 10 });
  a.compute(1, 'add', stack.read);
  a.compute(2, 'move', size);
  a.call(probeReadKernel);
  a.load(1, 10, stack.read, 8);
}
