import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { reason } from '../errors/reason.ts';
import { replaceFile } from '../linux/atomic-file.ts';
import { validateVolumeRecord } from '../schema/validate-volume-record.ts';
import type { VolumeRecord } from '../schema/volume-record.ts';

const RECORD = 'volume.json';
const VERSION = 1;

/**
 * Reads the record of a volume from its directory, which is there. Throws SC_STATE_NEWER for a record in a form of the
 * future, and SC_STATE_CORRUPT for all that is no record of this volume.
 */
export function readRecord(directory: string, name: string): VolumeRecord {
  const path = join(directory, RECORD);
  const record = parse(path, name);
  refuseNewer(record, path);
  if (!isRecord(record)) throw corrupt(path, name, firstProblem());
  if (record.spec.name !== name) throw corrupt(path, name, `it is of another volume, "${record.spec.name}"`);
  return record;
}

/** Writes it, so that no loss of power undoes that; only one may do so at a time. */
export function writeRecord(directory: string, record: VolumeRecord): void {
  const { name } = record.spec;
  if (!isRecord(record)) throw new ScError('SC_INTERNAL', `record volume "${name}": ${firstProblem()}`);
  replaceFile(join(directory, RECORD), `${JSON.stringify(record)}\n`, { durable: true });
}

function isRecord(value: unknown): value is VolumeRecord {
  return validateVolumeRecord(value);
}

/** Of the last answer of the validator. */
function firstProblem(): string {
  const [problem] = validateVolumeRecord.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  return `"${place}" ${problem?.message ?? 'is wrong'}`;
}

function parse(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw corrupt(path, name, error instanceof SyntaxError ? 'it is torn, or no JSON' : reason(error));
  }
}

function refuseNewer(record: unknown, path: string): void {
  if (typeof record !== 'object' || record === null || !('version' in record)) return;
  const { version } = record;
  if (typeof version !== 'number' || version <= VERSION) return;
  throw new ScError(
    'SC_STATE_NEWER',
    `read "${path}": its version is ${version}, and this sc knows ${VERSION}`,
    { hint: 'use the sc that wrote it, or a later one; nothing was changed' },
  );
}

function corrupt(path: string, name: string, why: string): ScError {
  return new ScError('SC_STATE_CORRUPT', `read "${path}": ${why}`, {
    hint: `\`sc volume remove ${name}\` removes the volume and what is in it; the others are not affected`,
  });
}
