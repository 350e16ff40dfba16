import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Complaint } from './finding.ts';
import { keyComplaint, tagComplaint } from './map-key.ts';
import { joinPath } from './path.ts';
import type { Places } from './places.ts';
import { plainScalarTrap } from './plain-scalar.ts';
import { textFlaw } from './text-flaw.ts';
import { expandVariables, type Variables } from './variables.ts';

/** Of one document, what an alias stands for counted each time. */
const maxValues = 16_384;
const maxCharacters = 4 * 1024 * 1024;
const maxDepth = 64;

/** Where the nodes come from, and where what is wrong with them goes. */
interface Source {
  text: string;
  places: Places;
  variables: Variables;
  report(offset: number, path: string, complaint: Complaint): void;
}

interface Values {
  value: unknown;
  /** Paths of scalars without quotes that were one variable and nothing else. */
  variablePaths: Set<string>;
  /** Whether the whole document was read. */
  isWhole: boolean;
}

/** Reads a document's nodes into plain values, as strictly as the file's rules are, and notes where each stands. */
export function readValues(root: Node | null, source: Source): Values {
  const reader = new ValueReader(source);
  const value = reader.read(root, '', 0);
  return { value, variablePaths: reader.variablePaths, isWhole: reader.isWhole };
}

class ValueReader {
  readonly variablePaths = new Set<string>();
  isWhole = true;
  readonly #anchors = new Map<string, Node>();
  /** Nodes that are being read: an alias to one of them has no end. */
  readonly #open = new Set<Node>();
  /** Aliases whose values are being read: anchors in them are known already. */
  #aliases = 0;
  #values = 0;
  #characters = 0;
  readonly #source: Source;
  readonly #places: Places;
  readonly #report: Source['report'];

  constructor(source: Source) {
    this.#source = source;
    this.#places = source.places;
    this.#report = source.report;
  }

  read(node: Node | null, path: string, offset: number): unknown {
    const start = startOf(node) ?? offset;
    if (!this.#places.has(path)) this.#places.addValue(path, start, isMap(node) || isSeq(node));
    if (!this.#isWithinBounds(path, start)) return null;
    if (node === null) return this.#readScalar(new Scalar(null), path, start);
    if (isAlias(node)) return this.#readAlias(node.source, path, start);
    if ('anchor' in node && node.anchor && this.#aliases === 0) this.#anchors.set(node.anchor, node);
    if (node.tag) this.#report(start, path, tagComplaint(node.tag));

    this.#open.add(node);
    const value = this.#readContent(node, path, start);
    this.#open.delete(node);
    return value;
  }

  #readContent(node: Node, path: string, start: number): unknown {
    if (isMap(node)) return this.#readMap(node, path, start);
    if (isSeq(node)) return this.#readList(node, path, start);
    return isScalar(node) ? this.#readScalar(node, path, start) : null;
  }

  #readMap(map: YAMLMap, path: string, start: number): object {
    const value = {};
    const lines = new Map<string, number>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const offset = startOf(pair.key) ?? start;
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      const keyPath = isScalar(pair.key) ? joinPath(path, String(key)) : path;
      const complaint = keyComplaint(pair.key);
      if (complaint) this.#report(offset, keyPath, complaint);
      if (typeof key !== 'string' || key === '<<') continue;
      const earlier = lines.get(key);
      if (earlier !== undefined) {
        this.#report(offset, path, { message: `key "${key}" stands on line ${earlier} already` });
        continue;
      }
      lines.set(key, this.#places.ofOffset(offset).line);
      this.#places.addKey(keyPath, offset);
      // Not by assignment: `__proto__` would be no key then.
      Object.defineProperty(value, key, {
        value: this.read(pair.value, keyPath, offset),
        ...{ enumerable: true, writable: true, configurable: true },
      });
    }
    return value;
  }

  #readList(list: YAMLSeq, path: string, start: number): unknown[] {
    return list.items.map((item, index) => this.read(item as Node | null, joinPath(path, index), start));
  }

  #readScalar(scalar: Scalar, path: string, start: number): unknown {
    const isPlain = scalar.type === undefined || scalar.type === Scalar.PLAIN;
    const trap = isPlain ? plainScalarTrap(scalar.source ?? '', scalar.value) : undefined;
    if (trap) this.#report(start, path, trap);
    if (typeof scalar.value !== 'string') return scalar.value;

    const { text, isWhole, complaints } = expandVariables(scalar.value, this.#source.variables);
    const written = this.#source.text.slice(start, scalar.range?.[1]);
    for (const { words, ...complaint } of complaints) {
      this.#report(start + Math.max(written.indexOf(words), 0), path, complaint);
    }
    if (isWhole && isPlain) this.variablePaths.add(path);
    this.#characters += text.length;
    const flaw = textFlaw(text);
    if (flaw) this.#report(start, path, flaw);
    return text;
  }

  #readAlias(name: string, path: string, start: number): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#report(start, path, { message: `found the alias *${name}, before which no anchor has its name` });
      return null;
    }
    if (this.#open.has(target)) {
      this.#report(start, path, { message: `found the alias *${name} in what it stands for` });
      return null;
    }
    this.#aliases++;
    const value = this.read(target, path, start);
    this.#aliases--;
    return value;
  }

  #isWithinBounds(path: string, start: number): boolean {
    if (!this.isWhole) return false;
    this.#values++;
    const complaint = this.#excess();
    if (complaint === undefined) return true;
    this.isWhole = false;
    this.#report(start, path, complaint);
    return false;
  }

  #excess(): Complaint | undefined {
    if (this.#open.size > maxDepth)
      return { message: 'nested too deeply', expected: `at most ${maxDepth} levels` };
    const message = 'the document is too large, aliases counted';
    if (this.#values > maxValues) return { message, expected: `at most ${maxValues} values` };
    if (this.#characters <= maxCharacters) return undefined;
    return { message, expected: `at most ${maxCharacters} characters` };
  }
}

function startOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}
