import { parseYaml } from '../document/parse-yaml.ts';
import { readText } from '../document/read-text.ts';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { documentBytes, readConfig } from '../image/format/documents.ts';
import type { ImageProcess } from '../schema/image/config.ts';
import type { CommitRequest } from '../schema/operations/commit.ts';
import { absolutePath, type Caller } from './caller.ts';
import { labels } from './command-line-values.ts';

/** What the command line says of a commit. */
export interface CommitFlags {
  change?: readonly string[] | undefined;
  config?: string | undefined;
  label?: readonly string[] | undefined;
  message?: string | undefined;
  author?: string | undefined;
  created?: string | undefined;
  compress?: CommitRequest['compression'] | undefined;
  pause: boolean;
}

/**
 * A request as the command line says it. Throws SC_USAGE, and SC_BAD_FILE for a file of the config that is none.
 */
export async function commitRequest(
  { container, name }: { container: string; name?: string | undefined },
  flags: CommitFlags,
  caller: Caller,
): Promise<CommitRequest> {
  const created = flags.created ?? caller.environment.SOURCE_DATE_EPOCH;
  return {
    container,
    ...(name !== undefined && { name }),
    ...(flags.config !== undefined && { config: await readProcess(absolutePath(flags.config, caller)) }),
    ...(flags.change !== undefined && { changes: [...flags.change] }),
    ...(flags.label !== undefined && { labels: labels(flags.label) }),
    ...(flags.message !== undefined && { message: flags.message }),
    ...(flags.author !== undefined && { author: flags.author }),
    ...(created !== undefined && created !== '' && { created }),
    ...(flags.compress !== undefined && { compression: flags.compress }),
    pause: flags.pause,
  };
}

/** Members of an ImageProcess: one of another name would say nothing. */
const members: readonly string[] = [
  'Cmd',
  'Entrypoint',
  'Env',
  'ExposedPorts',
  'Healthcheck',
  'Labels',
  'StopSignal',
  'User',
  'Volumes',
  'WorkingDir',
];

/** Reads how containers start, as YAML or JSON. */
async function readProcess(file: string): Promise<ImageProcess> {
  const text = await readText(file, 'config');
  const { documents, problems } = parseYaml(text, file, { environment: {}, set: {} });
  const found = [...problems, ...documents.flatMap((document) => document.problems)];
  if (found.length > 0) throw new InvalidFileError(file, found, text);
  const [document, ...others] = documents;
  const value = document?.value;
  if (others.length > 0 || typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal(file, 'it is no object', { hint: 'such as {"Cmd": ["web"], "User": "web"}' });
  const unknown = Object.keys(value).find((key) => !members.some((member) => member === key));
  if (unknown !== undefined)
    throw refusal(file, `unknown key "${unknown}"${didYouMean(unknown, members)}`, {
      hint: `one of ${members.join(', ')}`,
    });
  return checked(file, value);
}

/** Throws SC_BAD_FILE where it is not what the config of an image may have. */
function checked(file: string, value: object): ImageProcess {
  const config = {
    architecture: 'any',
    os: 'linux',
    config: value,
    rootfs: { type: 'layers', diff_ids: [] },
  };
  try {
    return readConfig(documentBytes(config), `config "${file}"`).config ?? {};
  } catch (error) {
    throw error instanceof ScError ? new ScError('SC_BAD_FILE', error.message, { cause: error }) : error;
  }
}

function refusal(file: string, why: string, details: { hint: string }): ScError {
  return new ScError('SC_BAD_FILE', `read config "${file}": ${why}`, details);
}
