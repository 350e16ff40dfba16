import type { Report, Spot } from '../report.ts';
import type { Interpolation } from './interpolation.ts';

export type Scalar = string | number | boolean | null;
type Content = Scalar | readonly Item[] | ReadonlyMap<string, Item>;

/** What all items of a compose file share. */
export interface Surroundings {
  report: Report;
  interpolation: Interpolation;
  /** From which its relative paths count, seen from that of the file which is imported: nothing for that itself. */
  directory: string;
}

/** A value of a compose file that knows where it stands. What is of another type than is asked for is a problem. */
export class Item {
  readonly content: Content;
  readonly spot: Spot;
  readonly around: Surroundings;

  constructor(content: Content, spot: Spot, around: Surroundings) {
    this.content = content;
    this.spot = spot;
    this.around = around;
  }

  /** The same place with another content. */
  with(content: Content): Item {
    return new Item(content, this.spot, this.around);
  }

  get isMap(): boolean {
    return this.content instanceof Map;
  }

  get isList(): boolean {
    return Array.isArray(this.content);
  }

  get(key: string): Item | undefined {
    const found = this.content instanceof Map ? (this.content.get(key) as Item | undefined) : undefined;
    return found?.content === null && key !== 'healthcheck' ? undefined : found;
  }

  /** The keys and values of a map. */
  entries(): [string, Item][] {
    if (this.content instanceof Map) return [...(this.content as ReadonlyMap<string, Item>)];
    if (this.content !== null) this.expect('a map');
    return [];
  }

  /** The items of a list; a single value stands for a list of one. */
  items(): readonly Item[] {
    if (Array.isArray(this.content)) return this.content as readonly Item[];
    if (this.content instanceof Map) this.expect('a list');
    return this.content === null || this.content instanceof Map ? [] : [this];
  }

  /** As it is written into a container file: variables stay variables where that can say the same. */
  text(): string {
    return this.around.interpolation.kept(this.#scalar(), this.#note);
  }

  /** With the values that variables have now, where the form of the value has to be known. */
  now(): string {
    return this.around.interpolation.now(this.#scalar(), this.#note);
  }

  number(): number {
    const number = Number(this.now());
    if (Number.isFinite(number) && this.now().trim() !== '') return number;
    this.expect('a number');
    return 0;
  }

  boolean(): boolean {
    const text = this.now().toLowerCase();
    if (['true', 'yes', 'on', 'y', '1'].includes(text)) return true;
    if (!['false', 'no', 'off', 'n', '0'].includes(text)) this.expect('true or false');
    return false;
  }

  note(message: string): void {
    this.around.report.note(this.spot, message);
  }

  problem(message: string, expected?: string): void {
    this.around.report.problem(this.spot, message, expected);
  }

  expect(expected: string): void {
    const found = this.isList ? 'a list' : this.isMap ? 'a map' : JSON.stringify(this.content);
    this.problem(`found ${found}`, expected);
  }

  readonly #note = (message: string): void => this.note(message);

  #scalar(): string {
    if (!this.isList && !this.isMap) return this.content === null ? '' : String(this.content);
    this.expect('text');
    return '';
  }
}
