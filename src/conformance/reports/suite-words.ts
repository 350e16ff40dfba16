import type { SuiteFacts } from '../../schema/conformance-log.ts';

/** Characters of a digest by which people tell suites apart. */
const ENOUGH = 'sha256:'.length + 12;

/** Which suite a run was of: two with the same words have had the same cases. */
export function suiteWords({ version, cases, casesDigest }: SuiteFacts): string {
  return `suite of ${version}, ${cases} cases, ${casesDigest.slice(0, ENOUGH)}`;
}
