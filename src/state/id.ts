import { randomBytes } from 'node:crypto';
import { ScError } from '../errors/error.ts';

/** 64 hex digits that no other container has. */
export function newId(): string {
  return randomBytes(32).toString('hex');
}

/** The first 12 digits, as people see and type them. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function isName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text) && !isId(text);
}

/** Throws SC_USAGE for what is no name. A name in the form of an ID would hide the container of that ID. */
export function checkName(text: string): void {
  if (isName(text)) return;
  throw new ScError('SC_USAGE', `name a container ${JSON.stringify(text)}: it is no name`, {
    hint: 'two to 128 letters, digits, "_", "." and "-", a letter or digit first, and not 64 hex digits',
  });
}
