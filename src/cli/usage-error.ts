import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';

/** What is known of a command without running it. */
export interface CommandShape {
  id: string;
  usage?: string | string[] | undefined;
  args: { [name: string]: { name: string; required?: boolean; multiple?: boolean } };
}

/** The ID of a command as it is typed: `image load` for `image:load`. */
export function inWords(id: string): string {
  return id.replaceAll(':', ' ');
}

/** How a command is called, all of its ways: `sc delete NAME..., sc delete --all or sc delete --file FILE`. */
export function usageOf({ id, usage, args }: CommandShape): string {
  const own = Object.values(args).map(({ name, required, multiple }) => {
    const word = `${name.toUpperCase()}${multiple ? '...' : ''}`;
    return required ? word : `[${word}]`;
  });
  const ways = [usage ?? [inWords(id), ...own].join(' ')].flat().map((way) => `sc ${way}`);
  return ways.length < 2 ? ways.join('') : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`;
}

/** An error of the parser in our words: it has several lines, capital first, and the help behind them. */
export function usageError(error: Error, command?: CommandShape): ScError {
  const known = listOf(error, 'flags').map((flag) => notHere[String(flag)]?.hint);
  const usage = command === undefined ? 'sc help' : usageOf(command);
  const ofFlags =
    command !== undefined && /\bflag\b/i.test(error.message) ? `; sc help ${inWords(command.id)}` : '';
  const hint = known.find((advice) => advice !== undefined) ?? usage + ofFlags;
  return new ScError('SC_USAGE', words(error), { cause: error, hint });
}

function words(error: Error): string {
  const flags = listOf(error, 'flags').map(String);
  if (flags.length > 0) {
    const known = knownFlags(error);
    return flags
      .map((flag) => notHere[flag]?.message ?? `unknown flag "${flag}"${didYouMean(flag, known)}`)
      .join(', ');
  }
  const args = listOf(error, 'args').map((arg) => (isNamed(arg) ? oneOf(arg) : `"${arg}"`));
  if (/^missing/i.test(error.message) && args.length > 0) return `there is no ${args.join(' and no ')}`;
  if (args.length > 0) return `unexpected argument${args.length === 1 ? '' : 's'} ${args.join(', ')}`;
  const [first = ''] = error.message.split('\n');
  return /^[A-Z][a-z]/.test(first) ? first.charAt(0).toLowerCase() + first.slice(1) : first;
}

/** Flags of docker's that people will try. */
const notHere: { readonly [flag: string]: { message: string; hint: string } } = {
  '--privileged': {
    message: '--privileged is not supported: it would take every protection away',
    hint: 'grant single capabilities with --cap-add NAME',
  },
};

function listOf(error: Error, key: 'flags' | 'args'): unknown[] {
  const list: unknown = Reflect.get(error, key);
  return Array.isArray(list) ? list : [];
}

/** `CONTAINER` of `CONTAINERS...`. */
function oneOf({ name, multiple }: { name: string; multiple?: boolean }): string {
  return multiple ? name.toUpperCase().replace(/S$/, '') : name.toUpperCase();
}

function isNamed(value: unknown): value is { name: string; multiple?: boolean } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function knownFlags(error: Error): string[] {
  const parse: unknown = Reflect.get(error, 'parse');
  const { input } = (parse ?? {}) as { input?: { flags?: object } };
  return Object.keys(input?.flags ?? {}).map((name) => `--${name}`);
}
