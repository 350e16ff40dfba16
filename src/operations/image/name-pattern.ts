/**
 * Whether the name of an image, which has a tag, fits a pattern: as a whole, or its end after a slash; a pattern without
 * a tag fits each. `*` stands for any characters but a slash, `?` for one.
 */
export function nameFits(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^(?:.*/)?${source}(?::[^:/]*)?$`).test(name);
}
