import { isPermissive, type SeccompRule } from './profile.ts';

/** By their numbers in socketcall(2) and ipc(2) of i386, from 1; a gap is `-`. */
const multiplexed = {
  socketcall: (
    'socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown ' +
    'setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg'
  ).split(' '),
  ipc: 'semop semget semctl semtimedop - - - - - - msgsnd msgrcv msgget msgctl - - - - - - shmat shmdt shmget shmctl'.split(
    ' ',
  ),
};

/**
 * Of what i386 multiplexes, the calls whose arguments some rule looks at before it allows them. These are
 * behind a pointer there, and libseccomp lets them all through.
 */
export function hiddenCalls(rules: readonly SeccompRule[]): { socketcall: number[]; ipc: number[] } {
  const isHidden = (name: string): boolean => {
    const allowing = rules.filter(({ action, names }) => isPermissive(action) && names.includes(name));
    return allowing.length > 0 && allowing.every(({ args }) => args !== undefined && args.length > 0);
  };
  const numbers = (names: readonly string[]): number[] =>
    names.flatMap((name, index) => (isHidden(name) ? [index + 1] : []));
  return { socketcall: numbers(multiplexed.socketcall), ipc: numbers(multiplexed.ipc) };
}
