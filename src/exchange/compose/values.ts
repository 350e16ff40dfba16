import { isAbsolute, join } from 'node:path';
import { formatDuration, formatSize } from '../../document/units.ts';
import type { Item } from './item.ts';

// Sizes, times and the like as the compose specification writes them, in the words of a container file.

const units: { readonly [unit: string]: number } = { b: 0, k: 10, m: 20, g: 30, t: 40 };

/** `512m`, `1gb`, or a number of bytes. */
export function sizeOf(item: Item): string | undefined {
  const [, amount, unit = 'b'] = /^([\d.]+)\s*([bkmgt])?(?:i?b)?$/i.exec(item.now().trim()) ?? [];
  const bytes = Number(amount) * 2 ** (units[unit.toLowerCase()] ?? 0);
  if (amount !== undefined && Number.isSafeInteger(Math.round(bytes))) return formatSize(Math.round(bytes));
  item.expect('a size, such as 512m');
  return undefined;
}

const milliseconds: { readonly [unit: string]: number } = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000001,
};

/** `1m30s`, `500ms`, `1.5h`; parts of a millisecond are rounded up. */
export function durationOf(item: Item): string | undefined {
  const text = item.now().trim();
  if (!/^(?:[\d.]+(?:h|ms|us|µs|ns|m|s))+$|^0$/.test(text)) {
    item.expect('a time with its unit, such as 1m30s');
    return undefined;
  }
  let sum = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(h|ms|us|µs|ns|m|s)/g))
    sum += Number(amount) * (milliseconds[unit] ?? 0);
  return formatDuration(Math.ceil(sum));
}

/** `0755`, `0o755` and `755` are the same bits. */
export function modeOf(item: Item): string | undefined {
  const [, digits] = /^0?o?([0-7]{3,4})$/.exec(item.now().trim()) ?? [];
  if (digits === undefined) item.expect('permission bits in octal, such as 0440');
  return digits === undefined ? undefined : digits.padStart(4, '0');
}

/** A path of the host as a container file writes it: `./` in front of what is relative, `~` as `HOME`. */
export function hostPath(text: string, item: Item): string {
  const { directory } = item.around;
  if (text === '~' || text.startsWith('~/')) return `\${HOME}${text.slice(1)}`;
  if (text.startsWith('${') && directory !== '')
    item.note(
      `a path that begins with a variable counts from the container file, and not from "${directory}"`,
    );
  if (isAbsolute(text) || text.startsWith('${')) return text;
  // What is behind the front may have variables in it.
  const [, front = '', rest = ''] = /^((?:\.\.?(?:\/+|$))*)(.*)$/s.exec(text) ?? [];
  const start = join(directory, front).replace(/\/$/, '');
  // Nothing is left of it where it is the root.
  const path = rest === '' ? start || '/' : `${start}/${rest}`;
  return /^(\/|\.\.?(\/|$))/.test(path) ? path : `./${path}`;
}

/** A path as it is seen from the directory of the file that is imported, where another of that directory has it. */
export function pathFrom(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

/** The parts between colons, but for those in a variable. */
export function partsOf(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++;
    if (text[at] === '}' && depth > 0) depth--;
    if (text[at] === ':' && depth === 0) parts.push('');
    else parts.push(`${parts.pop()}${text[at]}`);
  }
  return parts;
}
