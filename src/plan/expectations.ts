import { joinPath } from '../document/path.ts';
import type { SourceDocument } from '../document/source-document.ts';
import type { Expect } from '../schema/container-file.ts';
import type { Expectation } from '../schema/plan.ts';

/**
 * What has to hold of a container at its end, one by one. Who expects something expects code 0 too if no other, but of
 * what is not `awaited`, and stopped in the end.
 */
export function expectationsOf(
  { locate, within }: SourceDocument,
  expect: Expect | undefined,
  { awaited = true } = {},
): Expectation[] {
  if (expect === undefined) return [];
  const {
    exitCode = awaited ? 0 : undefined,
    stdout = {},
    stderr = {},
    files = [],
    diff = {},
    time,
  } = expect;
  const at = (path: string, wanted: unknown): Expectation => ({
    path: within === undefined ? path : `${within}.${path}`,
    ...locate(path),
    wanted,
  });
  const each = (above: string, map: object) =>
    Object.entries(map).map(([key, wanted]) => at(joinPath(above, key), wanted));
  return [
    ...(exitCode === undefined ? [] : [at('expect.exitCode', exitCode)]),
    ...each('expect.stdout', stdout),
    ...each('expect.stderr', stderr),
    ...files.map((path, index) => at(`expect.files[${index}]`, path)),
    ...each('expect.diff', diff),
    ...(time === undefined ? [] : [at('expect.time', time)]),
  ];
}
