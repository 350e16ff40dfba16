import type { PlanField } from '../schema/plan.ts';

/** Takes the fields of one document, and keeps for the plan what each is and who said so. */
export class Fields {
  readonly list: PlanField[] = [];
  readonly refused: { path: string; reason: string; expected?: string }[] = [];
  readonly #source: PlanField['source'];

  constructor(source: PlanField['source']) {
    this.#source = source;
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
    const value = given === undefined ? fallback : conversion(given);
    this.list.push({ path, value, source: given === undefined ? 'default' : this.#source });
    return value;
  }
}

/** What follows a path in one that is below it, with its separator; nothing in any other. */
function after(above: string, path: string): string {
  return path.startsWith(above) ? path.slice(above.length) : '';
}
