import type { PlanField } from '../schema/plan.ts';
import type { ImageFields } from './image-facts.ts';

/** Takes the fields of one document, and keeps for the plan what each is and who said so. */
export class Fields {
  readonly list: PlanField[] = [];
  readonly refused: { path: string; reason: string; expected?: string }[] = [];
  readonly #source: PlanField['source'];
  readonly #image: ImageFields;

  /** What the document does not say, the image may say, before the defaults. */
  constructor(source: PlanField['source'], image: ImageFields = new Map()) {
    this.#source = source;
    this.#image = image;
  }

  take<Value>(path: string, given: Value | undefined, fallback: Value): Value {
    return this.convert(path, given, fallback, (value) => value);
  }

  /** Says of a field that it cannot be honoured here. */
  refuse(path: string, reason: string): void {
    this.refused.push({ path, reason });
  }

  /** Says of the field that was taken last what is to be known of it on this host. */
  remark(text: string): void {
    const last = this.list.at(-1);
    if (last !== undefined) last.remark = text;
  }

  /** The same of any field; one that is not there, since the host decides it, comes with its value. */
  remarkOn({ path, message, value }: { path: string; message: string; value?: unknown }): void {
    const known = this.list.find((field) => path === field.path || /^[.[]/.test(after(field.path, path)));
    if (known === undefined) this.list.push({ path, value, source: 'default', remark: message });
    else known.remark = known.remark === undefined ? message : `${known.remark}; ${message}`;
  }

  /** The conversion cannot fail on a document that was validated. */
  convert<Given, Value>(
    path: string,
    given: Given | undefined,
    fallback: Value,
    conversion: (given: Given) => Value,
  ): Value {
    if (given !== undefined) return this.#keep(path, conversion(given), this.#source);
    const said = this.#image.get(path);
    return said === undefined
      ? this.#keep(path, fallback, 'default')
      : this.#keep(path, said as Value, 'image');
  }

  /** A field of both: what the image says, with what the document says in its place or beside it. */
  join<Value>(path: string, value: Value, isSaid: { byDocument: boolean; byImage: boolean }): Value {
    const source = isSaid.byDocument ? this.#source : isSaid.byImage ? 'image' : 'default';
    return this.#keep(path, value, source);
  }

  /** Whether the image says something of a field. */
  hasFromImage(path: string): boolean {
    return this.#image.has(path);
  }

  #keep<Value>(path: string, value: Value, source: PlanField['source']): Value {
    this.list.push({ path, value, source });
    return value;
  }
}

/** What follows a path in one that is below it, with its separator; nothing in any other. */
function after(above: string, path: string): string {
  return path.startsWith(above) ? path.slice(above.length) : '';
}
