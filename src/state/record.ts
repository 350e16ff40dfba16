import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { reason } from '../errors/reason.ts';
import { type Durability, replaceFile } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { validateContainerState } from '../schema/validate-container-state.ts';
import { shortId } from './id.ts';

const RECORD = 'state.json';
const VERSION = 1;

/**
 * Reads the record of a container from its directory; undefined where there is no such directory. Throws
 * SC_STATE_NEWER for a record in a form of the future, and SC_STATE_CORRUPT for all that is no record of
 * this container.
 */
export function readRecord(directory: string, id: string): ContainerState | undefined {
  const path = join(directory, RECORD);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw corrupt(path, id, reason(error));
    if (!existsSync(directory)) return undefined;
    throw corrupt(path, id, 'it is missing');
  }
  const state = parse(text, path, id);
  refuseNewer(state, path);
  if (!isState(state)) throw corrupt(path, id, firstProblem());
  if (state.id !== id) throw corrupt(path, id, `it is of another container, "${shortId(state.id)}"`);
  return state;
}

/** Writes the record of a container, of which only one may do so at a time. */
export function writeRecord(directory: string, state: ContainerState, durability: Durability): void {
  const { id } = state;
  if (!isState(state)) throw new ScError('SC_INTERNAL', `record container "${id}": ${firstProblem()}`);
  replaceFile(join(directory, RECORD), `${JSON.stringify(state)}\n`, durability);
}

function isState(value: unknown): value is ContainerState {
  return validateContainerState(value);
}

/** Of the last answer of the validator. */
function firstProblem(): string {
  const [problem] = validateContainerState.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  return `"${place}" ${problem?.message ?? 'is wrong'}`;
}

function parse(text: string, path: string, id: string): unknown {
  if (text === '') throw corrupt(path, id, 'it is empty');
  try {
    return JSON.parse(text);
  } catch {
    throw corrupt(path, id, 'it is torn, or no JSON');
  }
}

function refuseNewer(state: unknown, path: string): void {
  if (typeof state !== 'object' || state === null || !('version' in state)) return;
  const { version } = state;
  if (typeof version !== 'number' || version <= VERSION) return;
  throw new ScError(
    'SC_STATE_NEWER',
    `read "${path}": its version is ${version}, and this sc knows ${VERSION}`,
    {
      hint: 'use the sc that wrote it, or a later one; nothing was changed',
    },
  );
}

function corrupt(path: string, id: string, why: string): ScError {
  return new ScError('SC_STATE_CORRUPT', `read "${path}": ${why}`, {
    hint: `\`sc delete --force ${shortId(id)}\` removes the container and what it wrote; the others are not affected`,
  });
}
