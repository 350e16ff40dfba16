import {
  CLONE_CHILD_SETTID,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  ENOSYS,
  MADV_DONTFORK,
  MAP_ANONYMOUS,
  MAP_SHARED,
  O_CLOEXEC,
  P_PIDFD,
  PROT_READ,
  PROT_WRITE,
  SIGKILL,
  WEXITED,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Label } from '../program/program.ts';
import { endedOffsets, killers } from '../protocol.ts';
import { POLLFD_SIZE, revents } from './poll.ts';

// A process of the host that has entered the namespaces of a container is still none of its processes: only
// the children that it forks from then on are (setns(2), CLONE_NEWPID). So it forks a last one, which becomes
// the program, as a child of the keeper's (CLONE_PARENT), and ends. The container may hold the program by the
// first instruction (ptrace(2)), and would then speak for it, so that the keeper does not ask it for its
// number: the kernel writes that into memory which the program is born without.

/** A process that the keeper's child leaves to the keeper, inside of a container. */
export interface Successor {
  /** Memory that the keeper has in common with its child. */
  shared: Entry;
  /** In the keeper: an i32, the number of the process, or 0 before it is known. */
  number: Data;
}

const SHARED_SIZE = 4096;
const NUMBER_SIZE = 4;

/** Where the keeper hears of its child's end, and where it goes on. */
export interface ChildToFollow {
  fds: Data;
  place: number;
  loop: Label;
  quiet: Label;
}

/** In the keeper, before it forks the child. */
export function expectSuccessor(p: ProgramBuilder): Successor {
  const [access, kind] = [PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS];
  return {
    shared: p.call('make memory for a number', 'mmap', 0, SHARED_SIZE, access, kind, -1, 0),
    number: p.space('number', 8),
  };
}

/** In the child, before its filter of system calls can hinder it. */
export function keepFromSuccessor(p: ProgramBuilder, { shared }: Successor): void {
  const words = 'keep the number to itself';
  p.call(words, 'madvise', { result: shared }, SHARED_SIZE, MADV_DONTFORK);
}

/**
 * In the child: forks the successor, who goes on at the label that is answered. It is clone(2) and not clone3,
 * which the default filter pretends not to have. A filter may pretend that a call was made (SCMP_ACT_ERRNO
 * with 0), and the child would take itself for the one inside: only the real one finds its number in `own`.
 */
export function forkSuccessor(p: ProgramBuilder, { shared }: Successor, words: string): Label {
  const inside = p.label('it is inside');
  const outside = p.label('it is still outside');
  const own = p.space('its own number', 8);
  const flags = CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
  // The last two have changed places on arm64, where the other one is not looked at either (clone(2)).
  const forked = p.attempt(words, 'clone', flags, 0, { result: shared }, own, own);
  p.jump(inside, 'not-equal', { load: 32, from: own, at: 0 }, 0);
  p.jump(outside, 'not-equal', { result: forked }, 0);
  const allow = 'let the seccomp profile of the container allow clone';
  const hints = {
    EPERM: allow,
    ENOSYS: allow,
    EAGAIN: 'the container is at its limit of processes (resources.pids, or the rlimit nproc): end some',
    ENOMEM: 'the container is about to end, or at its limit of memory',
  };
  p.fail(words, -ENOSYS, hints);
  p.place(outside);
  p.fail(words, { result: forked }, hints);
  return inside;
}

/**
 * In the keeper, where its child has ended: if it has left a successor, that one is the child from now on.
 * Until then `quiet` is gone on at: what is said meanwhile is of a process that is not known yet.
 */
export function follow(
  p: ProgramBuilder,
  { shared, number }: Successor,
  pidfd: Data,
  ended: Data,
  { fds, place, loop, quiet }: ChildToFollow,
): void {
  const [nobody, gone] = [p.label('nobody to follow'), p.label('who has entered is gone')];
  const known: Argument = { load: 32, from: number, at: 0 };
  const child: Argument = { load: 32, from: pidfd, at: 0 };
  p.jump(nobody, 'not-equal', known, 0);
  p.jump(gone, 'not-equal', revents(fds, place), 0);
  p.jump(quiet);
  p.place(gone);
  const pipe = p.space('pipe', 8);
  const words = 'take the number of the program';
  p.call(words, 'pipe2', pipe, O_CLOEXEC);
  p.call(words, 'write', { load: 32, from: pipe, at: 4 }, { result: shared }, NUMBER_SIZE);
  p.call(words, 'read', { load: 32, from: pipe, at: 0 }, number, NUMBER_SIZE);
  p.jump(nobody, 'equal', known, 0);
  p.call('reap who has entered', 'waitid', P_PIDFD, child, 0, WEXITED, 0);
  p.attempt('close', 'close', child);
  // The keeper's own child, so that nobody else has its number until the keeper has reaped it.
  const program = p.call('hold the program', 'pidfd_open', known, 0);
  p.store('know the program', pidfd, 0, { result: program }, 4);
  p.store('watch the program', fds, place * POLLFD_SIZE, { result: program }, 4);
  p.jump(loop, 'equal', { load: 32, from: ended, at: endedOffsets.killer }, killers.none);
  p.attempt('kill it as who has entered was to be', 'pidfd_send_signal', child, SIGKILL, 0, 0);
  p.jump(loop);
  p.place(nobody);
}
