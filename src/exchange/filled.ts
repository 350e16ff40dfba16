/** Without keys that have nothing; nothing where none is left. */
export function filled<Fields extends object>(fields: Fields): Filled<Fields> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => !isNothing(value));
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Filled<Fields>);
}

type Filled<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

function isNothing(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
