/** The path of `key` below `parent`: `process.args`, `process.args[0]`, `labels["a.b"]`. */
export function joinPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The path of what a path is in, or nothing for the document itself. */
export function parentPath(path: string): string | undefined {
  if (path === '') return undefined;
  return path.replace(/(?:^|\.)[^.[\]]+$|\[(?:\d+|"(?:[^"\\]|\\.)*")\]$|.$/s, '');
}

/** The path that a JSON pointer means in `document`, where `0` is an index of a list and a key of a map. */
export function pathOf(pointer: string, document: unknown): string {
  let path = '';
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = joinPath(path, Array.isArray(value) ? Number(key) : key);
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return path;
}
