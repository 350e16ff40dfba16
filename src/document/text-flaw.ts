import type { Complaint } from './finding.ts';

/** What no text handed to the kernel can have. */
export function textFlaw(text: string): Complaint | undefined {
  if (text.includes('\0')) return { message: 'found a NUL character', expected: 'text without it' };
  if (text.isWellFormed()) return undefined;
  return { message: 'found half of a surrogate pair', expected: 'text that UTF-8 can write' };
}
