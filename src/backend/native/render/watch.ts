import { POLLIN, SIGKILL } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data } from '../program/program.ts';
import {
  endedOffsets,
  FAILED_SIZE,
  INDEX_KILLED,
  keeperDescriptors,
  killers,
  MESSAGE_FAILED,
  MESSAGE_READY,
  MESSAGE_STARTED,
  STARTED_SIZE,
} from '../protocol.ts';
import type { Family } from './family.ts';
import { receiveTerminal } from './terminal.ts';

const { report, control } = keeperDescriptors;

/** struct pollfd: fd i32, events u16, revents u16. A negative fd is passed over (poll(2)). */
const POLLFD_SIZE = 8;
const REVENTS = 6;

/** Waits for init's start or failure, for signals from sc, for sc's death, and for init's end. */
export function watch(p: ProgramBuilder, family: Family, ended: Data): void {
  const fds = p.struct(
    'pollfds',
    [control, 4],
    [POLLIN, 2],
    [0, 2],
    [-1, 4],
    // Not woken by what init says, but by POLLHUP when it has said all: each waking costs a start time.
    [0, 2],
    [0, 2],
    [-1, 4],
    [POLLIN, 2],
    [0, 2],
  );
  const atErrors = POLLFD_SIZE;
  const atChild = 2 * POLLFD_SIZE;
  const revents = (at: number): Argument => ({ load: 16, from: fds, at: at + REVENTS });
  const pidfd: Argument = { load: 32, from: family.pidfd, at: 0 };
  p.store('watch the pipe', fds, atErrors, { load: 32, from: family.errors, at: 0 }, 4);
  p.store('watch init', fds, atChild, pidfd, 4);

  const loop = p.label('wait');
  p.place(loop);
  p.call('wait for init, sc or the end', 'ppoll', fds, 3, 0, 0, 0);

  const noNews = p.label('no news of init');
  p.jump(noNews, 'equal', revents(atErrors), 0);
  hearInit(p, family, { fds, at: atErrors });
  p.jump(loop);
  p.place(noNews);

  const noSignal = p.label('nothing from sc');
  p.jump(noSignal, 'equal', revents(0), 0);
  const byte = p.space('signal', 8);
  const gone = p.label('sc is gone');
  const heard = p.call('hear sc', 'read', control, byte, 1);
  p.jump(gone, 'not-equal', { result: heard }, 1);
  const signal: Argument = { load: 8, from: byte, at: 0 };
  p.attempt('send the signal to init', 'pidfd_send_signal', pidfd, signal, 0, 0);
  p.jump(loop, 'not-equal', signal, SIGKILL);
  p.store('record that sc had it killed', ended, endedOffsets.killer, killers.sc, 4);
  p.jump(loop);
  p.place(gone);
  p.store('hear sc no more', fds, 0, -1, 4);
  p.store('record that sc is gone', ended, endedOffsets.killer, killers.keeper, 4);
  p.attempt('kill init', 'pidfd_send_signal', pidfd, SIGKILL, 0, 0);
  p.jump(loop);
  p.place(noSignal);

  p.jump(loop, 'equal', revents(atChild), 0);
}

/** That it was ready, then nothing more: exec has closed the pipe. Or, before or after that, a failure. */
function hearInit(p: ProgramBuilder, family: Family, watched: { fds: Data; at: number }): void {
  const said = p.space('messages', 2 * FAILED_SIZE);
  const second = { pointer: said, at: FAILED_SIZE };
  const [failed, failedLate, started, done] = [
    p.label('init failed'),
    p.label('init failed to execute'),
    p.label('init executes the program'),
    p.label('init was heard'),
  ];
  const pipe: Argument = { load: 32, from: family.errors, at: 0 };
  p.call('hear init', 'read', pipe, said, said.size);
  p.store('hear init no more', watched.fds, watched.at, -1, 4);
  p.jump(failedLate, 'equal', { load: 32, from: said, at: FAILED_SIZE }, MESSAGE_FAILED);
  p.jump(failed, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_FAILED);
  p.jump(started, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_READY);
  const killed = p.struct('killed', [MESSAGE_FAILED, 4], [INDEX_KILLED, 4], [0, 4]);
  p.attempt('report that init was killed', 'write', report, killed, FAILED_SIZE);
  p.jump(done);
  p.place(failedLate);
  p.attempt('pass on that it failed to execute', 'write', report, second, FAILED_SIZE);
  p.jump(done);
  p.place(failed);
  p.attempt('pass on which step failed', 'write', report, said, FAILED_SIZE);
  p.jump(done);

  p.place(started);
  const message = p.struct('started', [MESSAGE_STARTED, 4], [0, 4], [-1, 4]);
  p.store('tell the pid', message, 4, { result: family.child }, 4);
  if (family.terminal) {
    p.store('tell the master', message, 8, receiveTerminal(p, family.terminal), 4);
  }
  p.attempt('report the start', 'write', report, message, STARTED_SIZE);
  p.place(done);
}
