import { O_CLOEXEC, POLLIN } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Label } from '../program/program.ts';
import {
  endedOffsets,
  FAILED_SIZE,
  heldDescriptors,
  INDEX_KILLED,
  keeperDescriptors,
  MESSAGE_FAILED,
  MESSAGE_READY,
  MESSAGE_STARTED,
  STARTED_SIZE,
} from '../protocol.ts';
import type { Family } from './family.ts';
import type { HeldStreams } from './held-streams.ts';
import { POLLFD_SIZE, revents } from './poll.ts';
import { admitSmallInit } from './small-init-start.ts';
import { receiveTerminal } from './terminal.ts';

const { report } = keeperDescriptors;

/** Seconds that a tool that has made a container has, on a busy machine, until all of it have left. */
const LEAVING = 10;

/** That it was ready, then nothing more: exec has closed the pipe. Or, before or after that, a failure. */
export function hearInit(
  p: ProgramBuilder,
  family: Family,
  ended: Data,
  watched: { fds: Data; at: number; loop: Label },
  held: HeldStreams | undefined,
  onStart: () => void,
): void {
  const said = p.space('messages', 2 * FAILED_SIZE);
  const second = { pointer: said, at: FAILED_SIZE };
  const [failed, failedLate, never, started, done] = [
    p.label('init failed'),
    p.label('init failed to execute'),
    p.label('its program never runs'),
    p.label('init executes the program'),
    p.label('init was heard'),
  ];
  const pipe: Argument = { load: 32, from: family.errors, at: 0 };
  if (family.isAdmitted) {
    p.store('it was ready', said, 0, MESSAGE_READY, 4);
    p.call('hear init', 'read', pipe, second, FAILED_SIZE);
  } else if (family.smallInit) {
    const all = p.label('it has said all');
    admitSmallInit(p, family.smallInit, said, pipe, watched, all);
    p.call('hear init', 'read', pipe, second, FAILED_SIZE);
    p.place(all);
  } else p.call('hear init', 'read', pipe, said, said.size);
  p.store('hear init no more', watched.fds, watched.at, -1, 4);
  p.jump(failedLate, 'equal', { load: 32, from: said, at: FAILED_SIZE }, MESSAGE_FAILED);
  p.jump(failed, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_FAILED);
  p.jump(started, 'equal', { load: 32, from: said, at: 0 }, MESSAGE_READY);
  const killed = p.struct('killed', [MESSAGE_FAILED, 4], [INDEX_KILLED, 4], [0, 4]);
  p.attempt('report that init was killed', 'write', report, killed, FAILED_SIZE);
  p.jump(never);
  p.place(failedLate);
  p.attempt('pass on that it failed to execute', 'write', report, second, FAILED_SIZE);
  p.jump(never);
  p.place(failed);
  p.attempt('pass on which step failed', 'write', report, said, FAILED_SIZE);
  p.place(never);
  p.store('record that its program never ran', ended, endedOffsets.failed, 1, 4);
  p.jump(done);

  p.place(started);
  const message = p.struct('started', [MESSAGE_STARTED, 4], [0, 4], [-1, 4]);
  p.store('tell the pid', message, 4, family.child, 4);
  if (family.terminal) {
    const { terminal } = family;
    const master = 'master' in terminal ? terminal.master : receiveTerminal(p, terminal);
    if (held) {
      p.call('hold the terminal', 'dup3', master, heldDescriptors.terminal, O_CLOEXEC);
      p.call('under this number alone', 'close', master);
    }
    if (!held || held.taken)
      p.store('tell the master', message, 8, held ? heldDescriptors.terminal : master, 4);
  }
  onStart();
  p.attempt('report the start', 'write', report, message, STARTED_SIZE);
  p.place(done);
}

/**
 * Its end may have come while ppoll was between the two, when its last word had not. And who holds the other
 * end of the pipe, having taken it from the program before it was executed, keeps it from ever being closed. Of a tool
 * somebody may be about to leave who has inherited it: there is some time for that.
 */
export function hearLastWord(
  p: ProgramBuilder,
  { isAdmitted }: Pick<Family, 'isAdmitted'>,
  fds: Data,
  place: number,
  speaks: Label,
): void {
  const silent = p.label('init says no more');
  const at = place * POLLFD_SIZE;
  p.jump(silent, 'equal', { load: 32, from: fds, at }, -1);
  p.store('take what it has said', fds, at + 4, POLLIN, 2);
  const time = isAdmitted ? p.struct(`${LEAVING} s`, [LEAVING, 8], [0, 8]) : p.space('no time', 16);
  p.call('look for its last word', 'ppoll', { pointer: fds, at }, 1, time, 0, 0);
  p.jump(speaks, 'not-equal', revents(fds, place), 0);
  p.place(silent);
}
