import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { isatty } from 'node:tty';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { visibleJson } from '../errors/visible.ts';
import { countFlags, plainBooleans } from './arguments.ts';
import { print } from './print.ts';
import { type KnownCommand, oclifProgram, type Program } from './program.ts';
import { errorReport, errorWords, exitCode } from './report-error.ts';
import { guardStandardStreams } from './standard-streams.ts';
import { type CommandShape, inWords, usageOf } from './usage-error.ts';

/** Runs one command line and answers its exit code. Nothing is thrown; errors are printed. */
export async function main(
  argv: readonly string[],
  loadProgram: () => Promise<Program> = oclifProgram,
): Promise<number> {
  const giveStdinBack = guardStandardStreams();
  let line = [...argv];
  process.on('uncaughtException', (error) => process.exit(reportFailure(error, line)));
  try {
    if (line.length === 1 && (line[0] === '--version' || line[0] === '-v')) return printVersion();
    const program = await loadProgram();
    line = commandLine(argv, program.commands);
    refuseWithoutCommand(argv, line);
    const [command = ''] = line;
    if (command === 'help') refuseUnknownTopic(line.slice(1), program);
    else refuseArguments(line, program.findCommand(command));
    refuseUnknownOfTopic(line, program);
    if (isUnknown(command, program)) {
      if (!isatty(0)) throw unknownCommand(command, program.commandIDs);
      // Who sits there is asked what was meant.
      giveStdinBack();
    }
    const answer = await program.run(line);
    return typeof answer === 'number' ? answer : 0;
  } catch (error) {
    return reportFailure(error, line);
  }
}

/** Commands whose first argument is followed by what belongs to a program: `run IMAGE ...`, `exec CONTAINER ...`. */
const ofPrograms: readonly string[] = ['run', 'exec'];

/**
 * What oclif is given: the command first, the global flags that stood before it behind it, and in `run` and
 * `exec` a `--` before the first argument, since all that follows that is a program's, `--help` too.
 */
export function commandLine(argv: readonly string[], commands: readonly KnownCommand[]): string[] {
  const global = Object.values(commands.find(({ id }) => id === 'ps')?.flags ?? {});
  const leading = countFlags(argv, global);
  const [command, ...rest] = wholeCommand(argv.slice(leading), commands);
  if (command === undefined) return argv.map((argument) => (argument === '-h' ? '--help' : argument));
  const known = commands.find(({ id, aliases }) => id === command || aliases?.includes(command));
  const flags = Object.values(known?.flags ?? {});
  if (!ofPrograms.includes(command)) {
    const words = [...argv.slice(0, leading), ...rest].map((word) => (word === '-h' ? '--help' : word));
    return [command, ...plainBooleans(words, flags)];
  }
  const own = countFlags(rest, flags);
  const [options, words] = [rest.slice(0, own), rest.slice(own)];
  const end = words.length === 0 || options.at(-1) === '--' ? [] : ['--'];
  return [command, ...argv.slice(0, leading), ...plainBooleans(options, flags), ...end, ...words];
}

/** `image load` is the command `image:load`, and `conformance adapter lint` one too. */
function wholeCommand(words: readonly string[], commands: readonly KnownCommand[]): readonly string[] {
  const count = [3, 2].find((many) => {
    const id = words.slice(0, many).join(':');
    return words.length >= many && commands.some((known) => known.id === id);
  });
  return count === undefined ? words : [words.slice(0, count).join(':'), ...words.slice(count)];
}

function isUnknown(command: string, program: Program): boolean {
  const isFlag = command === '' || command.startsWith('-');
  return !isFlag && program.findCommand(command) === undefined && program.findTopic(command) === undefined;
}

/** Flags alone are no command; help and the version can be asked for so. */
function refuseWithoutCommand(
  argv: readonly string[],
  [command = '--help', ...rest]: readonly string[],
): void {
  if (!command.startsWith('-') || [command, ...rest].some((word) => word === '--help')) return;
  if (command === '--version') return;
  const found = argv.map((argument) => `"${argument}"`).join(' ');
  throw new ScError('SC_USAGE', `there is no command in ${found}`, {
    hint: 'sc [FLAGS] COMMAND, such as sc help',
  });
}

function refuseUnknownTopic([command]: readonly string[], program: Program): void {
  if (command !== undefined && isUnknown(command, program)) throw unknownCommand(command, program.commandIDs);
}

/** oclif would ask which command of the topic was meant, or show all of them. */
function refuseUnknownOfTopic([topic = '', word = '-']: readonly string[], program: Program): void {
  if (word.startsWith('-') || program.findCommand(topic) !== undefined) return;
  if (program.findTopic(topic) === undefined) return;
  const known = program.commandIDs.filter((id) => id.startsWith(`${topic}:`)).map(inWords);
  throw unknownCommand(`${topic} ${word}`, known, `sc help ${topic}`);
}

/** oclif would take the argument of a command that has none for a part of its name. */
function refuseArguments([, ...rest]: readonly string[], command: unknown): void {
  const { flags, args, id } = (command ?? {}) as Partial<CommandShape & KnownCommand>;
  if (id === undefined || args === undefined || Object.keys(args).length > 0) return;
  if (ofPrograms.includes(id) || rest.includes('--help')) return;
  const argument = rest[countFlags(rest, Object.values(flags ?? {}))];
  if (argument === undefined) return;
  throw new ScError('SC_USAGE', `unexpected argument "${argument}"`, { hint: usageOf({ id, args }) });
}

function unknownCommand(command: string, known: readonly string[], hint = 'sc help'): ScError {
  return new ScError('SC_USAGE', `unknown command "${command}"${didYouMean(command, known.map(inWords))}`, {
    hint,
  });
}

function printVersion(): number {
  const file = findPackageJSON(import.meta.url) ?? '';
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
  print(1, `${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
  return 0;
}

function reportFailure(error: unknown, [command, ...rest]: readonly string[]): number {
  if (isExit(error)) return error.oclif.exit;
  const report = errorReport(error);
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (own.includes('--json')) print(1, `${visibleJson(report, 2)}\n`);
  else print(2, `${errorWords(report, isatty(2) ? textOf(error) : undefined)}\n`);
  if (process.env.DEBUG && error instanceof Error) print(2, `${error.stack}\n`);
  return exitCode(error, command);
}

/** Of a container file with problems. */
function textOf(error: unknown): string | undefined {
  return error instanceof InvalidFileError ? error.text : undefined;
}

/** oclif's `this.exit(code)`, with which its own commands end. */
function isExit(error: unknown): error is { oclif: { exit: number } } {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT' && 'oclif' in error;
}
