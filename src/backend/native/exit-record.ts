import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOom } from '../../linux/cgroup/cgroup.ts';
import { CLD_EXITED, CLD_KILLED, SIGKILL } from '../../linux/constants.ts';
import { signalName } from '../../linux/signals.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import {
  ENDED_SIZE,
  EXIT_RECORD,
  endedOffsets,
  killers,
  MESSAGE_ENDED,
  SMALL_INIT_EXITED,
  SMALL_INIT_SIGNALLED,
  STATUS_OF_SMALL_INIT,
  STATUS_OF_WAIT,
} from './protocol.ts';

const LAST_SIGNAL = 64n;
/** No si_code: how it has ended is not known. */
const UNKNOWN = -1;
/** Of who failed to execute the program. */
const FAILED = 125;

export interface ExitRecord {
  exit: ExitStatus;
  /** RFC 3339, UTC. */
  finishedAt: string;
}

/** What a keeper's record of the end says; undefined where init never ran. */
export function parseExitRecord(bytes: Buffer): ExitRecord | undefined {
  if (bytes.length !== ENDED_SIZE || bytes.readUInt32LE(0) !== MESSAGE_ENDED) return undefined;
  const { code, status } = endOf(bytes);
  if (code === 0) return undefined;
  const seconds = Number(bytes.readBigUInt64LE(endedOffsets.seconds));
  const nanoseconds = Number(bytes.readBigUInt64LE(endedOffsets.nanoseconds));
  const finishedAt = new Date(seconds * 1000 + nanoseconds / 1e6).toISOString();
  if (isSet(bytes, 'failed')) return { exit: { code: FAILED, cause: 'runner' }, finishedAt };
  const deadline = isSet(bytes, 'deadline') ? 'deadline' : undefined;
  // Anything else was a signal (waitid(2)).
  if (code === UNKNOWN) return { exit: { code: null, cause: 'unknown' }, finishedAt };
  const number = code === CLD_EXITED ? signalOfSmallInit(bytes, status) : status;
  if (number === undefined) return { exit: { code: status, cause: deadline ?? 'exit' }, finishedAt };
  const exit = { code: 128 + number, signal: signalName(number), cause: deadline ?? cause(bytes, number) };
  return { exit, finishedAt };
}

/** As waitid(2) has them. */
function endOf(bytes: Buffer): { code: number; status: number } {
  const code = bytes.readUInt32LE(endedOffsets.code);
  const status = bytes.readUInt32LE(endedOffsets.status);
  if (code === STATUS_OF_SMALL_INIT) return endBySmallInit(bytes);
  if (code !== STATUS_OF_WAIT) return { code, status };
  const signal = status & 0x7f;
  return signal === 0
    ? { code: CLD_EXITED, status: (status >> 8) & 0xff }
    : { code: CLD_KILLED, status: signal };
}

/** One that has told nothing was killed itself, if somebody is known to have asked for that. */
function endBySmallInit(bytes: Buffer): { code: number; status: number } {
  const told = bytes.readBigUInt64LE(endedOffsets.signal);
  if (told > 0n && told <= LAST_SIGNAL) return { code: CLD_KILLED, status: Number(told) };
  const status = Number(told) - SMALL_INIT_EXITED;
  if (status >= 0 && status <= 0xff) return { code: CLD_EXITED, status };
  const isKilled = bytes.readUInt32LE(endedOffsets.killer) !== killers.none || isSet(bytes, 'deadline');
  return isKilled ? { code: CLD_KILLED, status: SIGKILL } : { code: UNKNOWN, status: 0 };
}

/** What ended the program, by the word of an init that a program could have taken over. */
function signalOfSmallInit(bytes: Buffer, status: number): number | undefined {
  const number = bytes.readBigUInt64LE(endedOffsets.signal);
  return status === SMALL_INIT_SIGNALLED && number > 0n && number <= LAST_SIGNAL ? Number(number) : undefined;
}

function isSet(bytes: Buffer, mark: 'failed' | 'deadline'): boolean {
  return bytes.readUInt32LE(endedOffsets[mark]) !== 0;
}

/** The control group counts every process that it lost, so that who was killed by sc is none of those. */
function cause(bytes: Buffer, signal: number): ExitStatus['cause'] {
  const killer = bytes.readUInt32LE(endedOffsets.killer);
  if (killer === killers.keeper) return 'runner';
  if (killer === killers.sc) return 'signal';
  const text = bytes.subarray(endedOffsets.oom).toString('latin1').replace(/\0.*$/s, '');
  return signal === SIGKILL && parseOom(text) ? 'oom' : 'signal';
}

/** The record that a keeper left in a container's directory. */
export function readExitRecord(directory: string): ExitRecord | undefined {
  try {
    return parseExitRecord(readFileSync(join(directory, EXIT_RECORD)));
  } catch {
    return undefined;
  }
}
