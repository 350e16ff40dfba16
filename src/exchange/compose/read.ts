import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { joinPath } from '../../document/path.ts';
import type { Spot } from '../report.ts';
import { Item, type Scalar, type Surroundings } from './item.ts';

/** Bounds of what aliases may blow a file up to. */
const MOST_VALUES = 50_000;
const DEEPEST = 64;

/** Reads a compose file, anchors and merge keys too. What is no YAML is a problem, and nothing is answered. */
export function readCompose(text: string, file: string, around: Surroundings): Item | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
    merge: false,
  });
  const spotOf = (offset: number, path: string): Spot => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path };
  };
  const wordsOf = (message: string) => message.split('\n')[0]?.replace(/\.$/, '') ?? '';
  for (const { pos, message } of document.errors) around.report.problem(spotOf(pos[0], ''), wordsOf(message));
  // Such as tags: `!override` and `!reset` say how files are put over one another.
  for (const { pos, message } of document.warnings) around.report.note(spotOf(pos[0], ''), wordsOf(message));
  if (document.errors.length > 0) return undefined;
  return new Reader(document, spotOf, around).read(document.contents, '', 0, 0);
}

class Reader {
  readonly #document: Document;
  readonly #spotOf: (offset: number, path: string) => Spot;
  readonly #around: Surroundings;
  #values = 0;

  constructor(document: Document, spotOf: (offset: number, path: string) => Spot, around: Surroundings) {
    this.#document = document;
    this.#spotOf = spotOf;
    this.#around = around;
  }

  read(given: unknown, path: string, above: number, depth: number): Item {
    const node = isAlias(given) ? given.resolve(this.#document) : (given as Node | null | undefined);
    const spot = this.#spotOf((given as Node | null)?.range?.[0] ?? above, path);
    if (++this.#values > MOST_VALUES || depth > DEEPEST) {
      if (this.#values <= MOST_VALUES + 1 || depth > DEEPEST)
        this.#around.report.problem(spot, 'the file is too large or too deep, aliases counted');
      return new Item(null, spot, this.#around);
    }
    if (isMap(node)) return new Item(this.#entries(node, path, depth), spot, this.#around);
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.read(item, joinPath(path, index), (node as Node).range?.[0] ?? above, depth + 1),
      );
      return new Item(items, spot, this.#around);
    }
    if (isScalar(node)) {
      // A number keeps how it is written: 0755, 1.10.
      const written = typeof node.value === 'number' ? (node.source ?? node.value) : node.value;
      return new Item(written as Scalar, spot, this.#around);
    }
    return new Item(null, spot, this.#around);
  }

  /** What `<<` brings comes first, so that what stands beside it goes before. */
  #entries(map: YAMLMap, path: string, depth: number): Map<string, Item> {
    const merged = new Map<string, Item>();
    const own = new Map<string, Item>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const offset = pair.key?.range?.[0] ?? 0;
      if (key === '<<') this.#merge(pair.value, path, offset, depth, merged);
      else own.set(key, this.#atKey(pair.value, joinPath(path, key), offset, depth));
    }
    return new Map([...merged, ...own]);
  }

  /** A map, a list and nothing stand at their key. */
  #atKey(value: Node | null, path: string, offset: number, depth: number): Item {
    const item = this.read(value, path, offset, depth + 1);
    if (!item.isMap && !item.isList && item.content !== null) return item;
    return new Item(item.content, this.#spotOf(offset, path), this.#around);
  }

  /** Of several the first goes before the others. */
  #merge(value: Node | null, path: string, offset: number, depth: number, into: Map<string, Item>): void {
    const { content } = this.read(value, path, offset, depth + 1);
    const maps = Array.isArray(content)
      ? (content as readonly Item[]).map((item) => item.content)
      : [content];
    for (const map of maps) {
      if (!(map instanceof Map))
        this.#around.report.problem(this.#spotOf(offset, path), 'found "<<" with what is no map');
      else
        for (const [key, item] of map as ReadonlyMap<string, Item>) if (!into.has(key)) into.set(key, item);
    }
  }
}
