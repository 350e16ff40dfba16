import { resolve } from 'node:path';
import type { ImageSource } from '../schema/container-spec.ts';

/** What an image reference says, or in words what it is that cannot be used yet. */
type ImageReference = ImageSource | { kind: 'unsupported'; what: string };

/** Reads `host`, a directory and the other forms; relative paths count from `directory`, which is absolute. */
export function parseImageReference(text: string, directory: string): ImageReference {
  if (text === 'host') return { kind: 'host' };
  if (/^(\/|\.\.?(\/|$))/.test(text)) return { kind: 'directory', path: resolve(directory, text) };
  if (text.startsWith('oci:')) return { kind: 'unsupported', what: 'an OCI layout' };
  if (text.startsWith('archive:')) return { kind: 'unsupported', what: 'an image archive' };
  return { kind: 'unsupported', what: 'a named image' };
}
