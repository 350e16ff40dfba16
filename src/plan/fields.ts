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
