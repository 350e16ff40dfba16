import { type SyscallNumbers, syscallNumbers } from '../../../linux/syscalls.ts';

/** Where a processor has its registers, and how it numbers its system calls. */
export interface Processor {
  /** Members of struct pt_regs: the number of a call, and its first two arguments. */
  number: string;
  arguments: readonly [string, string];
  /** The bit of a member of task_struct that is set while a 32-bit call is made. */
  compat: { member: string; bit: number };
  calls: SyscallNumbers;
}

/** By the names that Node gives them. */
export const processors: Readonly<Record<string, Processor>> = {
  x64: {
    number: 'orig_ax',
    arguments: ['di', 'si'],
    // TS_COMPAT (arch/x86/include/asm/thread_info.h).
    compat: { member: 'thread_info.status', bit: 0x2 },
    calls: syscallNumbers('x64'),
  },
};
