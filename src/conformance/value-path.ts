/** A step on the way to a value: a key of a map, or a place in a list. */
type Part = string | number;

const PART = /([^.[\]]+)|\[(\d+)\]|\["([^"]+)"\]/g;

/** The parts of `exit.code`, `answers[0].errno` or `labels["a.b"]`. Throws where it is none such. */
export function partsOf(path: string): Part[] {
  const parts: Part[] = [];
  let rest = path.replace(PART, (_, name?: string, index?: string, quoted?: string) => {
    parts.push(index === undefined ? (name ?? quoted ?? '') : Number(index));
    return '';
  });
  rest = rest.replaceAll('.', '');
  if (parts.length === 0 || rest !== '') throw new Error(`"${path}" is no path of a value`);
  return parts;
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(value: unknown, path: string): unknown {
  return partsOf(path).reduce<unknown>(
    (at, part) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, part)
        ? (at as { [key: string]: unknown })[part]
        : undefined,
    value,
  );
}

/** A copy in which another value stands at a path, or none where it is null. Maps on the way are made. */
export function withValueAt<Value>(value: Value, path: string, change: unknown): Value {
  return changed(value, partsOf(path), change) as Value;
}

function changed(value: unknown, [first, ...rest]: readonly Part[], change: unknown): unknown {
  if (first === undefined) return change;
  if (Array.isArray(value)) {
    if (typeof first !== 'number') throw new Error(`"${first}" is no place in a list`);
    const inner = changed(value[first], rest, change);
    return inner === null && rest.length === 0 ? value.toSpliced(first, 1) : value.with(first, inner);
  }
  const map = (typeof value === 'object' ? value : undefined) as { [key: string]: unknown } | undefined;
  const { [first]: inner, ...others } = map ?? {};
  if (change === null && rest.length === 0) return others;
  return { ...map, [first]: changed(inner, rest, change) };
}
