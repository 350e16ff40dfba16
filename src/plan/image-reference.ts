import { resolve } from 'node:path';

/** What an image reference of a container file says. Paths are absolute. */
export type ImageReference =
  | { kind: 'host' }
  | { kind: 'directory'; path: string }
  /** Of the store: a name, or an ID. */
  | { kind: 'name'; name: string }
  /** An OCI layout on the host, and which of its images: a name or a tag. */
  | { kind: 'layout'; path: string; tag?: string }
  /** A file of `sc image save`, `docker save` and their like. */
  | { kind: 'archive'; path: string };

/** Reads an image reference; relative paths count from `directory`, which is absolute. */
export function parseImageReference(text: string, directory: string): ImageReference {
  if (text === 'host') return { kind: 'host' };
  if (isDirectory(text)) return { kind: 'directory', path: resolve(directory, text) };
  if (text.startsWith('archive:')) return { kind: 'archive', path: resolve(directory, after(text)) };
  if (!text.startsWith('oci:')) return { kind: 'name', name: text };
  const [, path = '', tag] = /^(.*?)(?::([^:/]*(?::[^:/]+)?))?$/.exec(after(text)) ?? [];
  return { kind: 'layout', path: resolve(directory, path), ...(tag && { tag }) };
}

function isDirectory(text: string): boolean {
  return /^(\/|\.\.?(\/|$))/.test(text);
}

function after(text: string): string {
  return text.slice(text.indexOf(':') + 1);
}
