import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
    checkHostPaths(documents, directory, {
      volumes: { path: (name) => `/volumes/${name}`, known: new Map() },
      networks: new Map(),
      root: join(directory, 'store'),
    });
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

test('a pid file has a place that is there, and in which no container writes', () => {
  const told = (pidFile: string, mounts = '') =>
    problems(`${job('one', './rootfs', mounts)}monitor: { pidFile: ${pidFile} }\n`);
  const place = '7:21 monitor.pidFile';
  expect(told('./a.pid')).toEqual([]);
  expect(told('./gone/a.pid')).toEqual([`${place} "${directory}/gone" does not exist`]);
  expect(told('./file/a.pid')).toEqual([`${place} "${directory}/file" is no directory`]);
  expect(told('./rootfs')).toEqual([`${place} "${directory}/rootfs" is a directory`]);
  const inside = (path: string, where: string, what: string) =>
    `${place} "${directory}/${path}" is in "${directory}/${where}", ${what}`;
  expect(told('./rootfs/a.pid')).toEqual([
    inside('rootfs/a.pid', 'rootfs', 'the root filesystem of the container'),
  ]);
  mkdirSync(join(directory, 'store/volumes'), { recursive: true });
  expect(told('./store/volumes/a.pid')).toEqual([
    inside('store/volumes/a.pid', 'store', 'where sc keeps what containers write'),
  ]);
  mkdirSync(join(directory, 'data'));
  symlinkSync('data', join(directory, 'link'));
  const bound = '{ bind: ./data, target: /a }';
  for (const path of ['data', 'link'])
    expect(told(`./${path}/a.pid`, bound)).toEqual([
      inside(`${path}/a.pid`, 'data', 'which the container can write to'),
    ]);
  expect(told('./data/a.pid', '{ bind: ./data, target: /a, readOnly: true }')).toEqual([]);
  // A link in its place is replaced, and says nothing of whose place it is.
  for (const [path, target] of [
    ['circle.pid', 'circle.pid'],
    ['elsewhere.pid', '/'],
  ] as const) {
    for (const where of ['', 'data/']) symlinkSync(target, join(directory, where, path));
    expect(told(`./${path}`, bound)).toEqual([]);
    expect(told(`./data/${path}`, bound)).toEqual([
      inside(`data/${path}`, 'data', 'which the container can write to'),
    ]);
  }
});

test('the program of a hook is there, and is none that a container brings or can write to', () => {
  const told = (path: string, mounts = '') =>
    problems(`${job('one', './rootfs', mounts)}hooks: { poststop: [{ path: ${path} }] }\n`);
  const place = '7:29 hooks.poststop[0].path';
  const program = (path: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), '#!/bin/sh\n', { mode: 0o755 });
    return join(directory, path);
  };
  expect(told('/bin/true')).toEqual([]);
  expect(told('/no/such')).toEqual([`${place} "/no/such" does not exist`]);
  const ofImage = program('rootfs/bin/hook');
  const inside = (path: string, where: string, what: string) =>
    `${place} "${path}" is in "${directory}/${where}", ${what}`;
  expect(told(ofImage)).toEqual([inside(ofImage, 'rootfs', 'the root filesystem of the container')]);
  symlinkSync(ofImage, join(directory, 'hook'));
  expect(told(join(directory, 'hook'))).toEqual([
    inside(join(directory, 'hook'), 'rootfs', 'the root filesystem of the container'),
  ]);
  const shared = program('scripts/hook');
  expect(told(shared)).toEqual([]);
  expect(told(shared, '{ bind: ./scripts, target: /a }')).toEqual([
    inside(shared, 'scripts', 'which the container can write to'),
  ]);
  expect(told(shared, '{ bind: ./scripts, target: /a, readOnly: true }')).toEqual([]);
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

test('a source that need not be there is no problem, but a place that cannot be looked at is', () => {
  const skip = (path: string, more = '') =>
    `{ bind: ${path}, target: /${path.length}, ifMissing: skip${more} }`;
  const create = '{ bind: ./new/deep, target: /b, ifMissing: create, subpath: x }';
  expect(
    problems(job('one', 'host', `${skip('./gone')}, ${create}, ${skip('.', ', subpath: gone')}`)),
  ).toEqual([]);
  expect(problems(job('one', 'host', skip('./file/below')))).toEqual([
    `6:18 mounts[0].bind stat "${directory}/file/below": ENOTDIR`,
  ]);
});

test('a subpath that is not there or behind a link is told at its place', () => {
  symlinkSync('/etc', join(directory, 'rootfs/link'));
  const mounts = ['gone', 'link', 'link/passwd'].map(
    (subpath, index) => `{ bind: ./rootfs, subpath: ${subpath}, target: /${index} }`,
  );
  expect(problems(job('one', 'host', mounts.join(', '))).map((line) => line.replace(/^\S+ /, ''))).toEqual([
    `mounts[0].subpath "${directory}/rootfs/gone" does not exist`,
    'mounts[1].subpath a link is on the way to "link"',
    'mounts[2].subpath a link is on the way to "link/passwd"',
  ]);
});

test('a propagation that cannot come about is told at its place', () => {
  execFileSync('mount', ['-t', 'tmpfs', 'sc-test', join(directory, 'rootfs')]);
  try {
    execFileSync('mount', ['--make-private', join(directory, 'rootfs')]);
    const mounts = ['rslave', 'rprivate', 'shared'].map(
      (propagation, index) => `{ bind: ./rootfs, propagation: ${propagation}, target: /${index} }`,
    );
    const found = problems(job('one', 'host', mounts.join(', ')));
    expect(found).toEqual([
      expect.stringContaining('mounts[0].propagation nothing travels to or from the mount'),
      expect.stringContaining('mounts[2].propagation nothing travels to or from the mount'),
    ]);
  } finally {
    execFileSync('umount', [join(directory, 'rootfs')]);
  }
});
