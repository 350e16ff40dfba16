import type { Item } from './item.ts';

/** Lists that are one value: the later takes the place of the earlier. */
const whole: ReadonlySet<string> = new Set(['command', 'entrypoint', 'test']);

/** A service and what it extends, the first going before: maps key by key, lists one behind the other. */
export function merged(item: Item, base: Item, key = ''): Item {
  if (item.isMap && base.isMap) {
    const entries = new Map(base.entries());
    for (const [name, own] of item.entries()) {
      const below = entries.get(name);
      entries.set(name, below === undefined ? own : merged(own, below, name));
    }
    return item.with(entries);
  }
  if (whole.has(key)) return item;
  if (item.isList && base.isList) return item.with([...base.items(), ...item.items()]);
  if (item.isMap !== base.isMap && (item.isList || base.isList)) return item.with(both(item, base));
  return item;
}

/** `NAME=value` in a list and `NAME: value` in a map say the same. */
function both(item: Item, base: Item): Map<string, Item> {
  return new Map([...pairs(base), ...pairs(item)]);
}

/** The pairs of a map, or of a list of `NAME=value`; of a name alone, and of a value that is null, the item is null. */
export function pairs(item: Item, separator: RegExp = /=/): [string, Item][] {
  if (item.isMap) return item.entries();
  return item.items().map((entry) => {
    const text = String(entry.content ?? '');
    const at = text.search(separator);
    return at === -1 ? [text, entry.with(null)] : [text.slice(0, at), entry.with(text.slice(at + 1))];
  });
}
