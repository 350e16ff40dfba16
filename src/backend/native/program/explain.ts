import { syscalls } from '../../../linux/syscalls.ts';
import {
  ARGUMENTS,
  CODE,
  COUNT,
  conditions,
  controls,
  DATA_AT,
  ENTRY_WORDS,
  HEADER_WORDS,
  KINDS,
  kinds,
} from './format.ts';
import type { Program } from './program.ts';

const calls = new Map(Object.entries(syscalls).map(([name, number]) => [number as number, name]));
const signs = new Map<number, string>([
  [conditions.equal, '=='],
  [conditions['not-equal'], '!='],
  [conditions.less, '<'],
  [conditions.mask, '&'],
]);

/**
 * The program in words, a line for each entry: number, what it is for, the call. It is read from the very
 * bytes that the stage walks.
 */
export function explain(program: Program): string[] {
  const reader = new Reader(program);
  const { places } = program;
  const width = String(program.labels.length).length;
  return program.labels.flatMap((label, index) => [
    ...(places.get(index) ?? []).map((place) => `${place}:`),
    `  ${String(index).padStart(width)}  ${reader.entry(label, index)}`,
  ]);
}

class Reader {
  readonly #program: Program;
  readonly #bytes: Buffer;

  constructor(program: Program) {
    this.#program = program;
    this.#bytes = program.bytes;
  }

  entry(label: string, index: number): string {
    const at = (HEADER_WORDS + index * ENTRY_WORDS) * 4;
    const code = this.#bytes.readUInt32LE(at + CODE * 4);
    const args = this.#arguments(at);
    if (code === controls.jump) {
      const sign = signs.get(Number(args[1]));
      const words = `go to ${label}`;
      return sign === undefined ? words : `${words} if ${args[2] ?? 0} ${sign} ${args[3] ?? 0}`;
    }
    const name = calls.get(code) ?? (code === controls.store ? 'store' : 'fail');
    return `${label}: ${name}(${args.join(', ')})`;
  }

  #arguments(at: number): string[] {
    const kindBits = this.#bytes.readUInt32LE(at + KINDS * 4);
    const count = this.#bytes.readUInt32LE(at + COUNT * 4);
    return Array.from({ length: count }, (_, number) => {
      const kind = (kindBits >>> (4 * number)) & 15;
      return this.#argument(kind, this.#bytes.readBigInt64LE(at + (ARGUMENTS + 2 * number) * 4));
    });
  }

  #argument(kind: number, value: bigint): string {
    if (kind === kinds.integer) return value > 255n ? `0x${value.toString(16)}` : String(value);
    if (kind === kinds.result) return `#${value}`;
    return `${kind === kinds.pointer ? '' : '*'}${this.#name(Number(value))}`;
  }

  #name(offset: number): string {
    const found = this.#program.names.find(
      ({ data }) => data.offset <= offset && offset < Math.max(data.offset + data.size, data.offset + 1),
    );
    if (!found) return this.#string(offset);
    const within = offset - found.data.offset;
    return within === 0 ? found.text : `${found.text}+${within}`;
  }

  /** What has no name is a string. */
  #string(offset: number): string {
    const from = this.#bytes.readUInt32LE(DATA_AT * 4) + offset;
    return JSON.stringify(this.#bytes.toString('utf8', from, this.#bytes.indexOf(0, from)));
  }
}
