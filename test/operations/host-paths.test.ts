import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseDocuments } from '../../src/document/load.ts';
import { checkHostPaths, MissingPathsError } from '../../src/operations/host-paths.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-paths-'));
  mkdirSync(join(directory, 'rootfs'));
  writeFileSync(join(directory, 'file'), '');
});
afterEach(() => rmSync(directory, { recursive: true }));

const job = (name: string, image: string, mounts: string) => `apiVersion: standard-container/v1
kind: Job
metadata: { name: ${name} }
image: ${image}
process: { args: ["true"] }
mounts: [${mounts}]
`;

function problems(...jobs: string[]): string[] {
  const documents = parseDocuments(jobs.join('---\n'), 'a.yaml', { environment: {}, set: {} });
  try {
    checkHostPaths(documents, directory);
    return [];
  } catch (error) {
    if (!(error instanceof MissingPathsError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
}

test('what is there is no problem', () => {
  const mounts = '{ bind: ./file, target: /a }, { bind: ., target: /b }, { tmpfs: true, target: /c }';
  expect(problems(job('one', './rootfs', mounts), job('two', 'host', ''))).toEqual([]);
});

test('an image and a source that are not there are told with their places, all at once', () => {
  expect(problems(job('one', './none', '{ bind: ./gone, target: /a }'), job('two', './file', ''))).toEqual([
    `4:8 image "${directory}/none" does not exist`,
    `6:18 mounts[0].bind "${directory}/gone" does not exist`,
    `11:8 image "${directory}/file" is not a directory`,
  ]);
});

test('a secret that cannot be read is told with its place', () => {
  const security = (source: string) =>
    `${job('one', 'host', '')}security: { secrets: [{ name: key, source: ${source} }] }\n`;
  expect(problems(security('./file'))).toEqual([]);
  const place = '7:44 security.secrets[0].source';
  expect(problems(security('./gone'))).toEqual([`${place} "${directory}/gone": it does not exist`]);
  expect(problems(security('./rootfs'))).toEqual([
    `${place} "${directory}/rootfs": it is not a regular file`,
  ]);
});

test('what an earlier Job may make is left to the start', () => {
  const later = job('two', './rootfs', '{ bind: ./rootfs/made, target: /a }');
  expect(problems(job('one', 'host', '{ bind: ./rootfs, target: /a }'), later)).toEqual([]);
  expect(problems(job('one', 'host', '{ bind: ./rootfs, target: /a, readOnly: true }'), later)).toHaveLength(
    1,
  );
  expect(problems(later)).toHaveLength(1);
});
