import { dirname, isAbsolute, join } from 'node:path';
import type { Report } from '../report.ts';
import { readDotenv } from './dotenv.ts';
import { Interpolation, type VariableValues } from './interpolation.ts';
import type { Item, Surroundings } from './item.ts';
import { readCompose } from './read.ts';

/** What is needed of outside of the file. */
export interface Outside {
  /** As it is called in what is said. */
  file: string;
  /** Name of the directory that it is in, which names a project that has no name. */
  directoryName: string;
  environment: VariableValues['environment'];
  /** Text of a file by its path, relative to the compose file; nothing where there is none. */
  readFile(path: string): string | undefined;
}

/** Another compose file, by the path at an item. Where there is none that is a problem of the item. */
export function readNamed(at: Item, path: string, around: Surroundings, outside: Outside): Item | undefined {
  const text = outside.readFile(path);
  if (text !== undefined) return readCompose(text, calledBeside(outside, path), around);
  at.problem(`there is no file "${path}"`);
  return undefined;
}

/** The variables of files such as `.env`, the later going before the earlier, and those that are known before all. */
export function withVariables(
  { environment, dotenv }: VariableValues,
  paths: readonly string[],
  outside: Outside,
  report: Report,
): VariableValues {
  const found = new Map<string, string>();
  for (const path of paths) {
    const spot = { file: calledBeside(outside, path), line: 1, column: 1, path: '' };
    const values = readDotenv(outside.readFile(path) ?? '', (value, before) => {
      const known = { environment, dotenv: new Map([...found, ...before, ...dotenv]) };
      return new Interpolation(known).now(value, (message) => report.note(spot, message));
    });
    for (const [name, value] of values) if (value !== undefined) found.set(name, value);
  }
  return { environment, dotenv: new Map([...found, ...dotenv]) };
}

/** The directory of a file, as `Surroundings` have it. */
export function directoryOf(path: string): string {
  return asDirectory(dirname(path));
}

/** Nothing for the directory of the file that is imported. */
export function asDirectory(directory: string): string {
  const path = join(directory, '.').replace(/(.)\/$/, '$1');
  return path === '.' ? '' : path;
}

function calledBeside({ file }: Outside, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
