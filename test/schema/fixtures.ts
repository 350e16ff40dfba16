import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What the fixtures find in their environment. */
export const variables = {
  environment: { NAME: 'fixture', COUNT: '3', CPUS: '1.5', FLAG: 'true', EMPTY: '' },
  set: {},
};

/** Paths of fixtures that are taken, the examples among them, and of those that are not. */
export const good = globSync(['test/schema/good/*.yaml', 'examples/*.yaml'], { cwd: root }).sort();
export const bad = globSync('test/schema/bad/*.yaml', { cwd: root }).sort();

export function pathOf(fixture: string): string {
  return join(root, fixture);
}
