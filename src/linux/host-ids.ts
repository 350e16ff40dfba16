import { readFileSync } from 'node:fs';

/** Numbers of users or groups of the host. */
export interface HostRange {
  first: number;
  count: number;
}

/**
 * Who has numbers on this host: its users and groups (passwd(5), group(5)), and what was given to them for
 * user namespaces of their own (subuid(5)). Whoever is known elsewhere, as in a directory of a network, is not
 * among them.
 */
export function hostRanges(): HostRange[] {
  const files = ['/etc/passwd', '/etc/group'].map(textOf).flatMap(parseAccounts);
  return [...files, ...['/etc/subuid', '/etc/subgid'].map(textOf).flatMap(parseSubordinates)];
}

/** Name, password, number. */
export function parseAccounts(text: string): HostRange[] {
  return [...text.matchAll(/^[^:\n]*:[^:\n]*:(\d+)/gm)].map(([, first]) => ({
    first: Number(first),
    count: 1,
  }));
}

/** Name, first, count. */
export function parseSubordinates(text: string): HostRange[] {
  return [...text.matchAll(/^[^:\n]*:(\d+):(\d+)/gm)].map(([, first, count]) => ({
    first: Number(first),
    count: Number(count),
  }));
}

/** A host without such a file has nobody in it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
