import type { Argument, Entry, Program } from './program.ts';

const signs = { always: '', equal: '==', 'not-equal': '!=', less: '<', mask: '&' } as const;

/** The program in words, a line for each entry: number, what it is for, the call. */
export function explain(program: Program): string[] {
  const width = String(program.entries.length).length;
  const labels = new Map<number, string[]>();
  for (const entry of program.entries) {
    for (const label of [entry.onFailure, entry.jump?.to]) {
      if (label?.entry === undefined) continue;
      const names = labels.get(label.entry) ?? [];
      if (!names.includes(label.name)) labels.set(label.entry, [...names, label.name]);
    }
  }
  return program.entries.flatMap((entry) => [
    ...(labels.get(entry.index) ?? []).map((name) => `${name}:`),
    `  ${String(entry.index).padStart(width)}  ${explainEntry(entry)}`,
  ]);
}

function explainEntry(entry: Entry): string {
  if (entry.jump) {
    if (entry.jump.condition === 'always') return entry.label;
    const [, , left = 0, right = 0] = entry.arguments.map(explainArgument);
    return `${entry.label} ${left} ${signs[entry.jump.condition]} ${right}`;
  }
  const call = `${entry.code}(${entry.arguments.map(explainArgument).join(', ')})`;
  return `${entry.label}: ${call}`;
}

function explainArgument(argument: Argument): string {
  if (typeof argument === 'bigint') return `0x${argument.toString(16)}`;
  if (typeof argument === 'number') return argument > 255 ? `0x${argument.toString(16)}` : String(argument);
  if ('result' in argument) return `#${argument.result.index}`;
  if ('load' in argument) return `*${argument.from.text}${offset(argument.at)}`;
  if ('pointer' in argument) return `${argument.pointer.text}${offset(argument.at)}`;
  if ('header' in argument) return 'failure';
  return argument.text;
}

function offset(at: number): string {
  return at === 0 ? '' : `+${at}`;
}
