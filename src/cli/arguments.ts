/** What is known of a flag without loading its command: oclif's own description fits. */
export interface FlagShape {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  aliases?: readonly string[];
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

/** `--rm=false` and `--rm=true` as the field writes them: oclif knows only the flag itself. */
export function plainBooleans(argv: readonly string[], flags: readonly FlagShape[]): string[] {
  return argv.flatMap((argument) => {
    const [, name, value] = /^--([\w-]+)=(true|false)$/.exec(argument) ?? [];
    const flag = name === undefined ? undefined : findLong(name, flags);
    if (flag?.type !== 'boolean') return [argument];
    return value === 'true' ? [`--${name}`] : [];
  });
}

function takesNext(argument: string, flags: readonly FlagShape[]): boolean {
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
