/** What is known of a flag without loading its command: oclif's own description fits. */
export interface FlagShape {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  aliases?: readonly string[];
  /** Whether it is on without being named, and `--no-` puts it off. */
  allowNo?: boolean;
}

/**
 * How many arguments at the front are flags and their values, so that what follows is the first word of
 * another kind: a command's name, an image. A `--` ends the flags and counts as one. An unknown flag is
 * taken to have no value; the parser refuses it anyway.
 */
export function countFlags(argv: readonly string[], flags: readonly FlagShape[]): number {
  let index = 0;
  for (;;) {
    const argument = argv[index];
    if (argument === '--') return index + 1;
    if (argument === undefined || argument === '-' || !argument.startsWith('-')) return index;
    index += takesNext(argument, flags) ? 2 : 1;
    if (index >= argv.length) return argv.length;
  }
}

/**
 * `--rm=true` and `--rm=false` as the field writes them, in flags that a parser knows which knows only the
 * flag itself; the last one counts. Values of other flags are no flags.
 */
export function plainBooleans(argv: readonly string[], flags: readonly FlagShape[]): string[] {
  const plain: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    const [, name, value] = /^--([\w-]+)=(true|false)$/.exec(argument) ?? [];
    const flag = name === undefined ? undefined : findLong(name, flags);
    if (argument === '--') return [...plain, ...argv.slice(index)];
    if (takesNext(argument, flags)) plain.push(argument, ...argv.slice(++index, index + 1));
    else if (flag?.type !== 'boolean') plain.push(argument);
    else if (value === 'true') plain.push(`--${flag.name}`);
    else if (flag.allowNo) plain.push(`--no-${flag.name}`);
    else removeAll(plain, `--${flag.name}`);
  }
  return plain;
}

function removeAll(words: string[], word: string): void {
  for (let at = words.indexOf(word); at !== -1; at = words.indexOf(word)) words.splice(at, 1);
}

function takesNext(argument: string, flags: readonly FlagShape[]): boolean {
  if (!argument.startsWith('-')) return false;
  if (argument.startsWith('--')) return findLong(argument.slice(2), flags)?.type === 'option';
  // -it is -i -t, and in -itv the value of -v is next, where in -itv/a:/b it is the rest.
  for (let at = 1; at < argument.length; at++) {
    const flag = flags.find(({ char }) => char === argument[at]);
    if (flag === undefined) return false;
    if (flag.type === 'option') return at === argument.length - 1;
  }
  return false;
}

function findLong(name: string, flags: readonly FlagShape[]): FlagShape | undefined {
  return flags.find((flag) => flag.name === name || flag.aliases?.includes(name));
}
