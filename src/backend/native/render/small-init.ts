import {
  CLD_EXITED,
  EAGAIN,
  ECHILD,
  EINTR,
  EINVAL,
  ENOSYS,
  F_SETFD,
  FD_CLOEXEC,
  P_ALL,
  PR_SET_NAME,
  SIG_SETMASK,
  SIGCHLD,
  SIGCONT,
  TIOCSCTTY,
  WEXITED,
  WNOHANG,
} from '../../../linux/constants.ts';
import type { SyscallName } from '../../../linux/syscalls.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry, Hints, Program } from '../program/program.ts';
import {
  FAILED_SIZE,
  INDEX_OF_SMALL_INIT,
  MESSAGE_READY,
  SMALL_INIT_EXITED,
  SMALL_INIT_SIGNALLED,
  smallInitDescriptors,
} from '../protocol.ts';
import { executeProgram } from './execute.ts';
import type { RenderRequest } from './input.ts';
import { SI_CODE, SI_PID, SI_STATUS, SIGINFO_SIZE } from './siginfo.ts';

const { keeper, signal } = smallInitDescriptors;

/** Of who could not execute the program; nobody looks at it. */
const NOT_EXECUTED = 125;

/** A signal that there is not. */
const NO_SIGNAL = 65;

/**
 * The list of a small init, which pid 1 of a container walks: it executes the program, passes signals on to it,
 * reaps whoever is left to it, and ends with the program. It holds nothing that the container may not know.
 * `begin` is done before all. Where nobody hears how it ends itself (`isHeard`) it tells the exit code too.
 */
export function renderSmallInit(
  { container, environment }: Pick<RenderRequest, 'container' | 'environment'>,
  begin: (p: ProgramBuilder) => void = () => {},
  isHeard = true,
): Program {
  const p = new ProgramBuilder();
  const failed = p.label('the program cannot be executed');
  p.failTo(failed);
  begin(p);
  // All are blocked but those that glibc keeps for its threads.
  const all = p.struct('all signals', [-1, 8]);
  need(p, 'block every signal', 'rt_sigprocmask', SIG_SETMASK, all, 0, 8);
  p.attempt('take a name', 'prctl', PR_SET_NAME, p.string('sc-init'), 0, 0, 0);
  for (const own of [keeper, signal]) need(p, 'keep it from the program', 'fcntl', own, F_SETFD, FD_CLOEXEC);
  tryCalls(p);
  waitForAdmission(p);
  // clone(2): flags come first on every processor, and what follows is only looked at with others.
  const child = p.call('fork the program', 'clone', SIGCHLD, 0, 0, 0, 0);
  p.hint(child, { ...hintsOf('clone'), EAGAIN: 'allow it one process more, for the init' });
  const parent = p.label('it looks after the program');
  p.jump(parent, 'not-equal', { result: child }, 0);
  becomeProgram(p, container, environment);

  p.place(failed);
  tellFailure(p);

  p.place(parent);
  p.attempt('leave the keeper to the program', 'close', keeper);
  p.attempt('let the program begin', 'kill', { result: child }, SIGCONT);
  lookAfter(p, child, all, isHeard);
  return p.finish();
}

/** The end of a list that pid 1 walks and that has failed. */
export function tellFailure(p: ProgramBuilder): void {
  p.store('of this list', p.failure, 7, INDEX_OF_SMALL_INIT / 0x100_0000, 1);
  p.attempt('tell the keeper', 'write', keeper, p.failure, FAILED_SIZE);
  p.attempt('end', 'exit_group', NOT_EXECUTED);
}

/** Says that it is there, and goes on when nobody can execute its file any more. */
export function waitForAdmission(p: ProgramBuilder): void {
  const ready = p.struct('ready', [MESSAGE_READY, 4], [0, 8]);
  p.call('say that it is there', 'write', keeper, ready, FAILED_SIZE);
  p.attempt('wait until nobody can execute it again', 'read', keeper, p.space('end of file', 8), 8);
}

/** A call that must not fail, and that a profile of one's own may refuse. */
function need(p: ProgramBuilder, words: string, name: SyscallName, ...args: Argument[]): Entry {
  const entry = p.call(words, name, ...args);
  p.hint(entry, hintsOf(name));
  return entry;
}

function hintsOf(name: SyscallName): Hints {
  const hint = `let its seccomp profile allow ${name}, or do without the init`;
  return { EPERM: hint, ENOSYS: hint };
}

/** Under a filter that refuses one of them, or only pretends to make it, it would end or spin later. */
function tryCalls(p: ProgramBuilder): void {
  const info = p.space('siginfo', SIGINFO_SIZE);
  const no = p.space('no signals', 8);
  const answers = (name: SyscallName, errno: number, ...args: Argument[]) => {
    const words = `try ${name}, which the init needs`;
    const fine = p.label(`${name} can be made`);
    const result = p.attempt(words, name, ...args);
    p.jump(fine, 'equal', { result }, -errno);
    p.fail(words, { result }, hintsOf(name));
    p.fail(words, -ENOSYS, hintsOf(name));
    p.place(fine);
  };
  answers('rt_sigtimedwait', EAGAIN, no, 0, p.space('at once', 16), 8);
  answers('waitid', ECHILD, P_ALL, 0, info, WEXITED | WNOHANG, 0);
  answers('kill', EINVAL, 1, NO_SIGNAL);
}

/**
 * Begins when pid 1 has let go of the keeper, which a program that traces pid 1 could take from it otherwise. It
 * leads a session of its own, with the terminal, as it would without an init: the kernel stops nobody in it by a
 * key who has nobody to continue it.
 */
function becomeProgram(
  p: ProgramBuilder,
  { terminal, process }: RenderRequest['container'],
  environment: readonly string[],
): void {
  // First of all, since pid 1 cannot: a clone that a filter only pretends to make ends here.
  need(p, 'lead a session', 'setsid');
  const begin = p.struct('SIGCONT', [2 ** (SIGCONT - 1), 8]);
  const again = p.label('it is not yet to begin');
  p.place(again);
  const begun = p.attempt('wait for the beginning', 'rt_sigtimedwait', begin, 0, 0, 8);
  // It was frozen meanwhile.
  p.jump(again, 'equal', { result: begun }, -EINTR);
  p.fail('wait for the beginning', { result: begun });
  if (terminal.tty) need(p, 'make it the controlling terminal', 'ioctl', 0, TIOCSCTTY, 0);
  p.call('unblock signals', 'rt_sigprocmask', SIG_SETMASK, p.space('no signals', 8), 0, 8);
  executeProgram(p, process.args, environment);
}

function lookAfter(p: ProgramBuilder, child: Entry, all: Data, isHeard: boolean): void {
  const info = p.space('siginfo', SIGINFO_SIZE);
  const from = (at: number): Argument => ({ load: 32, from: info, at });
  const [wait, reap, signalled] = [
    p.label('wait for a signal'),
    p.label('reap'),
    p.label('a signal has ended the program'),
  ];
  p.place(wait);
  const heard = p.attempt('wait for a signal', 'rt_sigtimedwait', all, 0, 0, 8);
  p.jump(reap, 'equal', { result: heard }, SIGCHLD);
  // EINTR: it was stopped or frozen meanwhile.
  p.jump(wait, 'less', { result: heard }, 0);
  p.attempt('pass it on', 'kill', { result: child }, { result: heard });
  p.jump(wait);

  // One SIGCHLD can stand for many.
  p.place(reap);
  const reaped = p.attempt('reap one', 'waitid', P_ALL, 0, info, WEXITED | WNOHANG, 0);
  p.jump(wait, 'not-equal', { result: reaped }, 0);
  p.jump(wait, 'equal', from(SI_PID), 0);
  p.jump(reap, 'not-equal', from(SI_PID), { result: child });
  p.jump(signalled, 'not-equal', from(SI_CODE), CLD_EXITED);
  const number = p.space('its number', 8);
  if (!isHeard) {
    p.store('note its exit code', number, 0, SMALL_INIT_EXITED, 4);
    p.store('note its exit code', number, 0, from(SI_STATUS), 1);
    p.attempt('tell the keeper', 'write', signal, number, 8);
  }
  p.attempt('end as the program did', 'exit_group', from(SI_STATUS));
  p.place(signalled);
  p.store('note its number', number, 0, from(SI_STATUS), 4);
  p.attempt('tell the keeper', 'write', signal, number, 8);
  p.attempt('end', 'exit_group', SMALL_INIT_SIGNALLED);
}
