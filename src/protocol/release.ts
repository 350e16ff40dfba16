import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Version of the messages. */
export const PROTOCOL = 1;

/** Version of this sc. */
export function release(): string {
  const file = findPackageJSON(import.meta.url) ?? '';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Whether one version is later than another, by its three numbers. */
export function isNewer(one: string, other: string): boolean {
  const [left, right] = [numbers(one), numbers(other)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at !== -1 && (left[at] ?? 0) > (right[at] ?? 0);
}

function numbers(version: string): number[] {
  const [core = ''] = version.split('-');
  return core.split('.').map(Number);
}
