import { type Complaint, inWords } from './finding.ts';
import { ParsedDocument } from './parsed-document.ts';
import { joinPath } from './path.ts';
import { type Place, Places } from './places.ts';
import { textFlaw } from './text-flaw.ts';

const maxDepth = 64;
const largest = 2n ** 64n - 1n;

const tokens = {
  space: /[ \t\r\n]*/y,
  string: /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y,
  word: /true|false|null/y,
};

/** A text that is no JSON from here on. */
class Lost extends Error {}

/**
 * Reads one JSON value (RFC 8259), noting where each part stands, which JSON.parse does not tell. Keys that
 * stand twice and numbers of more than 64 bits, over which readers disagree, are problems too.
 */
export function parseJson(text: string, file: string): ParsedDocument {
  const document = new ParsedDocument(file, new Places({ linePos: (offset) => placeOf(text, offset) }));
  const reader = new JsonReader(text, document);
  try {
    document.value = reader.readAll();
    document.isWhole = document.problems.length === 0;
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
  }
  return document;
}

function placeOf(text: string, offset: number): { line: number; col: Place['column'] } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

class JsonReader {
  #at = 0;
  readonly #text: string;
  readonly #document: ParsedDocument;

  constructor(text: string, document: ParsedDocument) {
    this.#text = text;
    this.#document = document;
  }

  readAll(): unknown {
    const value = this.#read('', 0);
    this.#take('space');
    if (this.#at < this.#text.length) this.#lose('', 'nothing after the value');
    return value;
  }

  #read(path: string, depth: number): unknown {
    this.#take('space');
    const start = this.#at;
    const first = this.#text[start];
    this.#document.places.addValue(path, start, first === '{' || first === '[');
    if (depth > maxDepth) this.#lose(path, `at most ${maxDepth} levels`);
    if (first === '{') return this.#readMap(path, depth);
    if (first === '[') return this.#readList(path, depth);
    if (first === '"') return this.#readString(path);
    const number = this.#take('number');
    if (number !== undefined) return this.#readNumber(number, path, start);
    const word = this.#take('word');
    if (word !== undefined) return JSON.parse(word);
    return this.#lose(path, 'a value of JSON');
  }

  #readMap(path: string, depth: number): object {
    const value = {};
    this.#at++;
    if (this.#takes('}')) return value;
    do {
      this.#take('space');
      const offset = this.#at;
      const key = this.#readString(path);
      const keyPath = joinPath(path, key);
      if (!this.#takes(':')) this.#lose(keyPath, 'a colon');
      if (Object.hasOwn(value, key))
        this.#document.addAt(offset, path, { message: `key "${key}" stands there twice` });
      this.#document.places.addKey(keyPath, offset);
      // Not by assignment: `__proto__` would be no key then.
      Object.defineProperty(value, key, {
        value: this.#read(keyPath, depth + 1),
        ...{ enumerable: true, writable: true, configurable: true },
      });
    } while (this.#takes(','));
    if (!this.#takes('}')) this.#lose(path, 'a comma or }');
    return value;
  }

  #readList(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    if (this.#takes(']')) return items;
    do items.push(this.#read(joinPath(path, items.length), depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) this.#lose(path, 'a comma or ]');
    return items;
  }

  #readString(path: string): string {
    const start = this.#at;
    const written = this.#take('string');
    if (written === undefined) return this.#lose(path, 'a text in double quotes');
    const text: string = JSON.parse(written);
    const flaw = textFlaw(text);
    if (flaw) this.#document.addAt(start, path, flaw);
    return text;
  }

  #readNumber(source: string, path: string, start: number): number {
    const value = Number(source);
    const isExact = /^-?\d+$/.test(source)
      ? BigInt(source) <= largest && BigInt(source) >= -largest
      : Math.abs(value) <= Number.MAX_SAFE_INTEGER;
    if (!isExact) {
      const complaint = {
        message: `found the number ${source.slice(0, 60)}`,
        expected: 'one of at most 64 bits',
      };
      this.#document.addAt(start, path, complaint);
    }
    return value;
  }

  #takes(mark: string): boolean {
    this.#take('space');
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #take(token: keyof typeof tokens): string | undefined {
    const form = tokens[token];
    form.lastIndex = this.#at;
    const found = form.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #lose(path: string, expected: string): never {
    const rest = this.#text.slice(this.#at);
    const found = /^(?:\w+|.)/su.exec(rest)?.[0];
    const message = found === undefined ? 'the text ends here' : `found ${inWords(found)}`;
    const complaint: Complaint = { message, expected };
    this.#document.addAt(this.#at, path, complaint);
    throw new Lost();
  }
}
