import { ScError } from '../errors/error.ts';

/** Bytes of a line: of a call, and of what is said to one. A list of thousands of containers has its length. */
export const LONGEST_CALL = 1024 * 1024;
export const LONGEST_REPLY = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Takes bytes as they come, and gives whole lines. Throws SC_PROTOCOL for one that is too long, after those before it. */
export class Lines {
  readonly #longest: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *take(bytes: Buffer): Generator<string> {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#length = 0;
      from = end + 1;
      yield line;
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#longest)
      throw new ScError('SC_PROTOCOL', `read a message: it is longer than ${this.#longest} bytes`);
    if (part.length > 0) this.#parts.push(part);
  }
}

/** What the line says, in the form that `validate` asks for. Throws SC_PROTOCOL. */
export function parseLine<Form>(
  line: string,
  validate: { (value: unknown): boolean; errors?: { instancePath: string; message?: string }[] | null },
): Form {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ScError('SC_PROTOCOL', 'read a message: it is no JSON');
  }
  if (validate(value)) return value as Form;
  const [problem] = validate.errors ?? [];
  throw new ScError(
    'SC_PROTOCOL',
    `read a message: "${problem?.instancePath.slice(1).replaceAll('/', '.')}" ${problem?.message}`,
  );
}
