import { valueAt } from './value-path.ts';

/** By name what stands for it, such as a column of a table. */
export interface Scope {
  readonly [name: string]: unknown;
}

const PLACE = /<<([a-zA-Z][\w.[\]"-]*)>>/g;

/** A copy of a case's part in which values stand in the place of `<<NAME>>`. Throws for one that nothing stands for. */
export function fill<Part>(part: Part, scope: Scope): Part {
  return filled(part, (name, whole) => {
    const value = valueAt(scope, name);
    if (value === undefined) throw new Error(`nothing stands for ${whole}`);
    return value;
  }) as Part;
}

/** The same as far as values are known: other places stay as they are. */
export function fillKnown<Part>(part: Part, scope: Scope): Part {
  return filled(part, (name, whole) => valueAt(scope, name) ?? whole) as Part;
}

/** Names that a part of a case has in it, without the path behind them. */
export function namesIn(part: unknown): Set<string> {
  const found = JSON.stringify(part ?? null).matchAll(/<<([a-zA-Z]\w*)/g);
  return new Set([...found].map(([, name = '']) => name));
}

type Look = (name: string, whole: string) => unknown;

function filled(part: unknown, look: Look): unknown {
  if (typeof part === 'string') return filledText(part, look);
  if (Array.isArray(part)) return part.map((item: unknown) => filled(item, look));
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [String(filledText(key, look)), filled(value, look)]),
  );
}

/** What is the whole of a text keeps its type. */
function filledText(text: string, look: Look): unknown {
  const [whole, name] = /^<<([a-zA-Z][\w.[\]"-]*)>>$/.exec(text) ?? [];
  if (whole !== undefined && name !== undefined) return plain(look(name, whole));
  return text.replace(PLACE, (place, name: string) => {
    const value = plain(look(name, place));
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

/** A name that has others in it is a text all the same. */
function plain(value: unknown): unknown {
  return value instanceof String ? value.toString() : value;
}
