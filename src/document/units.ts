import { ScError } from '../errors/error.ts';

const sizes: readonly (readonly [unit: string, bytes: bigint])[] = [
  ['Pi', 1n << 50n],
  ['Ti', 1n << 40n],
  ['Gi', 1n << 30n],
  ['Mi', 1n << 20n],
  ['Ki', 1n << 10n],
  ['B', 1n],
];

const times: readonly (readonly [unit: string, milliseconds: bigint])[] = [
  ['d', 86_400_000n],
  ['h', 3_600_000n],
  ['m', 60_000n],
  ['s', 1000n],
  ['ms', 1n],
];

const sizeForm = /^(0|[1-9]\d*)(?:\.(\d+))?(B|Ki|Mi|Gi|Ti|Pi)$/;
const timeForm =
  /^(?=\d)(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+ms)?$/;

/** Bytes of `256Mi` or `1.5Gi`. Throws SC_USAGE for another form, and for what is no whole number of bytes. */
export function parseSize(text: string): number {
  const [, whole = '', fraction = '', unit] = sizeForm.exec(text) ?? [];
  const factor = sizes.find(([name]) => name === unit)?.[1];
  if (factor === undefined) throw refusal(text, 'a size with its unit, such as 256Mi');
  return exact(text, scaled(whole, fraction, factor), 'a whole number of bytes');
}

/** Milliseconds of `500ms`, `10s` or `1m30s`. Throws SC_USAGE for another form, and for parts of a millisecond. */
export function parseDuration(text: string): number {
  if (!timeForm.test(text)) throw refusal(text, 'a time with its unit, such as 500ms, 10s or 1m30s');
  let sum: bigint | undefined = 0n;
  for (const [, whole = '', fraction = '', unit] of text.matchAll(/(\d+)(?:\.(\d+))?([a-z]+)/g)) {
    const factor = times.find(([name]) => name === unit)?.[1] ?? 0n;
    const part = scaled(whole, fraction, factor);
    sum = part === undefined || sum === undefined ? undefined : sum + part;
  }
  return exact(text, sum, 'a whole number of milliseconds');
}

/** The shortest size that reads back as exactly so many bytes: `256Mi`, `1536Mi`, `1000B`. */
export function formatSize(bytes: number): string {
  const value = BigInt(bytes);
  const [unit, factor] = sizes.find(([, size]) => value !== 0n && value % size === 0n) ?? ['B', 1n];
  return `${value / factor}${unit}`;
}

/** The time in units, the greatest first: `1m30s`, `500ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = BigInt(milliseconds);
  const parts: string[] = [];
  for (const [unit, factor] of times) {
    if (rest >= factor) parts.push(`${rest / factor}${unit}`);
    rest %= factor;
  }
  return parts.join('') || '0s';
}

/** `whole.fraction` times `factor` in exact decimal, or nothing where that is no whole number. */
function scaled(whole: string, fraction: string, factor: bigint): bigint | undefined {
  const product = BigInt(whole + fraction) * factor;
  const divisor = 10n ** BigInt(fraction.length);
  return product % divisor === 0n ? product / divisor : undefined;
}

function exact(text: string, value: bigint | undefined, expected: string): number {
  if (value === undefined) throw refusal(text, expected);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw refusal(text, `${expected} up to ${Number.MAX_SAFE_INTEGER}`);
  return Number(value);
}

function refusal(text: string, expected: string): ScError {
  return new ScError('SC_USAGE', `found "${text}"`, { hint: expected });
}
