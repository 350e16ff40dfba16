import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The top of the package, where the specification and the cases are too. */
export const packageDirectory = (): string => dirname(findPackageJSON(import.meta.url) ?? '');

/** A module of this room that is started as a program: compiled, or its source where this is the source. */
export function programOf(name: string): string {
  const isSource = import.meta.url.endsWith('.ts');
  return join(
    packageDirectory(),
    isSource ? `src/conformance/${name}.ts` : `dist/src/conformance/${name}.js`,
  );
}
