import { visible } from '../../errors/visible.ts';
import type { Candidate } from '../../schema/operations/complete.ts';
import { countFlags } from '../arguments.ts';
import { type CompletableCommand, type Flag, findCommand, visibleCommands } from './commands.ts';
import { type Wanted, wantedByArgument, wantedByFlag } from './wanted.ts';

/** Asked only for what is wanted. */
export type Names = (wanted: Wanted) => Promise<readonly string[]>;

export interface Candidates {
  candidates: Candidate[];
  /** Whether the shell is to offer files too. */
  files: boolean;
}

/** What the last of the words, which stand behind `sc`, can become. */
export async function candidates(
  words: readonly string[],
  commands: readonly CompletableCommand[],
  names: Names,
): Promise<Candidates> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const global = Object.values(findCommand(['ps'], commands)?.command.flags ?? {});
  const leading = countFlags(before, global);
  const rest = before.slice(leading);
  const found = findCommand(rest, commands);
  const { command } = found ?? {};
  const given = found === undefined ? before : [...before.slice(0, leading), ...rest.slice(found.length)];
  const flags = command === undefined ? global : Object.values(command.flags);

  const open = openFlag(given, flags);
  if (open !== undefined) return ofWanted(wantedByFlag(open), current, names);
  if (command === undefined && rest.length > 1) return { candidates: [], files: false };
  const isOfProgram = ['run', 'exec'].includes(command?.id ?? '') && argumentsOf(given, flags).length > 0;
  if (current.startsWith('-') && !given.includes('--') && !isOfProgram)
    return only(flagsBeginning(current, given, flags));
  if (command === undefined) return only(beginning(current, namesOfCommands(rest, commands)));
  return ofWanted(wantedByArgument(command, argumentsOf(given, flags)), current, names);
}

/** As the scripts of shells read it: a candidate, a tab and what it is on each line, then a word for files. */
export function completionLines({ candidates, files }: Candidates): string {
  const lines = candidates.map(({ value, description }) =>
    description === undefined ? visible(value) : `${visible(value)}\t${visible(description)}`,
  );
  return [...lines, ...(files ? [':files'] : []), ''].join('\n');
}

/** The flag whose value comes next. */
function openFlag(given: readonly string[], flags: readonly Flag[]): Flag | undefined {
  const last = given.at(-1) ?? '';
  if (given.includes('--') || !last.startsWith('-') || countFlags([last, ''], flags) < 2) return undefined;
  return flags.find(({ name, char, aliases }) =>
    last.startsWith('--')
      ? last === `--${name}` || aliases?.some((alias) => last === `--${alias}`)
      : last.at(-1) === char,
  );
}

/** The words that are no flags and no values of flags; behind the first `--` all are. */
function argumentsOf(given: readonly string[], flags: readonly Flag[]): string[] {
  const found: string[] = [];
  for (let rest = [...given]; rest.length > 0; ) {
    const skipped = countFlags(rest, flags);
    if (rest[skipped - 1] === '--') return [...found, ...rest.slice(skipped)];
    found.push(...rest.slice(skipped, skipped + 1));
    rest = rest.slice(skipped + 1);
  }
  return found;
}

function flagsBeginning(current: string, given: readonly string[], flags: readonly Flag[]): Candidate[] {
  const usable = flags.filter(
    ({ name, multiple, hidden }) => !hidden && (multiple || !given.includes(`--${name}`)),
  );
  const all = usable.map(({ name, description, summary }) => ({
    value: `--${name}`,
    ...words(summary ?? description),
  }));
  return beginning(current, [...all, { value: '--help', ...words('Show help.') }]);
}

/** Of the first word, or of the second where the first is a topic such as `image`. */
function namesOfCommands(before: readonly string[], commands: readonly CompletableCommand[]): Candidate[] {
  const [topic] = before;
  const entries = visibleCommands(commands).flatMap(({ id, summary }) => {
    const [first = '', second] = id.split(':');
    if (topic !== undefined)
      return first === topic && second !== undefined ? [[second, summary] as const] : [];
    return [[first, second === undefined ? summary : `More commands: sc help ${first}`] as const];
  });
  return [...new Map(entries)].map(([value, summary]) => ({ value, ...words(summary) }));
}

async function ofWanted(wanted: Wanted, current: string, names: Names): Promise<Candidates> {
  if (wanted.kind === 'options')
    return only(
      beginning(
        current,
        wanted.options.map((value) => ({ value })),
      ),
    );
  const files = wanted.kind === 'files' || wanted.kind === 'places';
  const found = wanted.kind === 'files' || wanted.kind === 'nothing' ? [] : await names(wanted);
  return {
    candidates: beginning(
      current,
      found.map((value) => ({ value })),
    ),
    files,
  };
}

function beginning(current: string, all: readonly Candidate[]): Candidate[] {
  return all.filter(({ value }) => value.startsWith(current));
}

function only(found: Candidate[]): Candidates {
  return { candidates: found, files: false };
}

/** Without what a shell would take for the end of a line or of a column. */
function words(description: string | undefined): Pick<Candidate, 'description'> {
  return description === undefined ? {} : { description: description.replace(/\s+/g, ' ') };
}
