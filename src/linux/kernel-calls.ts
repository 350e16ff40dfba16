import { ScError } from '../errors/error.ts';
import { declare } from './libc.ts';
import { type SyscallName, syscalls } from './syscalls.ts';

const syscall = declare<number[]>('long syscall(long number, long a, long b, long c, long d, long e)');

/** Each with arguments that no kernel takes, so that it fails before it does anything. */
const attempts = {
  openat2: [-1, 0, 0, 0],
  open_tree: [-1, 0, -1],
  move_mount: [-1, 0, -1, 0, -1],
  fsopen: [0, -1],
  fsconfig: [-1, -1, 0, 0, 0],
  fsmount: [-1, -1, 0],
  mount_setattr: [-1, 0, -1, 0, 0],
  clone3: [0, 0],
  close_range: [1, 0, 0],
  pidfd_send_signal: [-1, 0, 0, 0],
} satisfies { [Name in SyscallName]?: number[] };

export interface RefusedCall {
  name: string;
  errno: 'ENOSYS' | 'EPERM';
}

/**
 * The younger calls that containers are made with and that this process cannot make: ENOSYS where the kernel
 * is too old, EPERM where a filter refuses, as inside of another runner's container.
 */
export function refusedCalls(): RefusedCall[] {
  return Object.entries(attempts).flatMap(([name, args]) => {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
    const errno = errnoOf(() => syscall(syscalls[name as keyof typeof attempts], a, b, c, d, e));
    return errno === 'ENOSYS' || errno === 'EPERM' ? [{ name, errno }] : [];
  });
}

function errnoOf(call: () => number): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof ScError) return error.errno;
    throw error;
  }
}
