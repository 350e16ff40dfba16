import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { during, reason } from '../errors/reason.ts';
import { replaceFile } from '../linux/atomic-file.ts';
import { unless } from '../linux/link.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import type { AppliedFile } from '../schema/applied-file.ts';
import { validateAppliedFile } from '../schema/validate-applied-file.ts';
import { makeRoot } from './root.ts';

const VERSION = 1;

/**
 * What is known of the container files that were applied: below `applied` one record for each, by a digest of its path.
 * It is written before anything of a file is made, so that what a killed sc leaves has an owner.
 */
export class AppliedFiles {
  readonly #root: string;
  readonly #directory: string;

  constructor(root: string) {
    this.#root = root;
    this.#directory = join(root, 'applied');
  }

  /** In the order of their paths. Throws SC_STATE_CORRUPT and SC_STATE_NEWER for a record that cannot be used. */
  list(): AppliedFile[] {
    const names = unless(['ENOENT'], () => readdirSync(this.#directory)) ?? [];
    return names
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => unless(['ENOENT'], () => read(join(this.#directory, name))) ?? [])
      .sort((one, other) => (one.file < other.file ? -1 : 1));
  }

  /** One without containers is none. */
  async write(applied: AppliedFile): Promise<void> {
    const { file, containers } = applied;
    const path = this.#path(file);
    await during('SC_SYSTEM_CALL', `record what is applied of "${file}"`, () => {
      if (containers.length === 0) return rmSync(path, { force: true });
      makeRoot(this.#root);
      makeDirectory(this.#directory);
      replaceFile(path, `${JSON.stringify(applied)}\n`, { durable: true });
    });
  }

  #path(file: string): string {
    const digest = createHash('sha256').update(file).digest('hex').slice(0, 32);
    return join(this.#directory, `${digest}.json`);
  }
}

function read(path: string): AppliedFile {
  const text = readFileSync(path, 'utf8');
  const hint =
    'without it nobody knows which containers are of that file: remove it, and apply the file again';
  const value = parse(text, (why) => new ScError('SC_STATE_CORRUPT', `read "${path}": ${why}`, { hint }));
  const { version } = value;
  if (typeof version === 'number' && version > VERSION)
    throw new ScError(
      'SC_STATE_NEWER',
      `read "${path}": its version is ${version}, and this sc knows ${VERSION}`,
      { hint: 'use the sc that wrote it, or a later one; nothing was changed' },
    );
  if (isApplied(value)) return value;
  const [problem] = validateAppliedFile.errors ?? [];
  const place = problem?.instancePath.slice(1).replaceAll('/', '.');
  const why = `"${place}" ${problem?.message ?? 'is wrong'}`;
  throw new ScError('SC_STATE_CORRUPT', `read "${path}": ${why}`, { hint });
}

function parse(text: string, corrupt: (why: string) => ScError): { version?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw corrupt(error instanceof SyntaxError ? 'it is torn, or no JSON' : reason(error));
  }
}

function isApplied(value: unknown): value is AppliedFile {
  return validateAppliedFile(value);
}
