import { ScError } from '../errors/error.ts';

/** Bytes. */
const LONGEST_LINE = 1024 * 1024;

const NEWLINE = 0x0a;

/** Takes bytes as they come, and gives whole lines. Throws SC_PROTOCOL for one that is too long. */
export class Lines {
  #parts: Buffer[] = [];
  #length = 0;

  take(bytes: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      lines.push(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      this.#length = 0;
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > LONGEST_LINE)
      throw new ScError('SC_PROTOCOL', `read a message: it is longer than ${LONGEST_LINE} bytes`);
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
