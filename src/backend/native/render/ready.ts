import { SIG_SETMASK } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Data } from '../program/program.ts';
import { FAILED_SIZE, MESSAGE_READY } from '../protocol.ts';

/** The keeper was started with all of them blocked. */
export function unblockSignals(p: ProgramBuilder): void {
  p.call('unblock signals', 'rt_sigprocmask', SIG_SETMASK, p.space('no signals', 8), 0, 8);
}

/** The last word before the program is executed; `errors` is the pipe to the keeper. */
export function sayReady(p: ProgramBuilder, errors: Data): void {
  const ready = p.struct('ready', [MESSAGE_READY, 4], [0, 8]);
  p.call('say that all is ready', 'write', { load: 32, from: errors, at: 4 }, ready, FAILED_SIZE);
}
