import { ScError } from '../errors/error.ts';

/** Whether a text is the name of a volume that somebody has given it. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text) && !isAnonymousName(text);
}

/** Whether it is the name that sc itself gives a volume. */
export function isAnonymousName(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Throws SC_USAGE for what no volume can be called. */
export function checkVolumeName(text: string): void {
  if (isVolumeName(text)) return;
  throw new ScError('SC_USAGE', `name a volume ${JSON.stringify(text)}: it is no name`, {
    hint: 'two to 128 letters, digits, "_", "." and "-", a letter or digit first, and not 64 hex digits',
  });
}
