import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Schema } from '../../src/explain/definition.ts';
import { explainedSubjects, explanation, fieldPathOf } from '../../src/explain/explanation.ts';
import { findPath, pathsOf } from '../../src/explain/find.ts';
import { subjects } from '../../src/explain/subjects.ts';
import { fieldPaths } from '../../src/schema/field-paths.ts';

const directory = join(import.meta.dirname, '../../schema');
const schemas = new Map(
  globSync('{,operations/,image/}*.schema.json', { cwd: directory }).map((file) => [
    file,
    JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schema,
  ]),
);
const explain = (path: string) => explanation(schemas, path);

test('a path begins with a kind of document or an operation', () => {
  const names = explainedSubjects(schemas).map(({ name }) => name);
  expect(names.slice(0, 5)).toEqual(['container', 'job', 'volume', 'network', 'image']);
  expect(names).toEqual(expect.arrayContaining(['run', 'stop', 'image-load', 'volume-create', 'explain']));
  expect(names).not.toContain('many');
});

test('every path of every subject leads to what has words and a type', () => {
  const paths = subjects(schemas).flatMap((subject) => pathsOf(schemas, subject, subject.name));
  expect(paths.length).toBeGreaterThan(500);
  for (const path of paths) {
    const { description, type } = explain(path);
    expect(description, path).not.toBe('');
    expect(type, path).not.toMatch(/another value|^$/);
  }
});

test('every field of the backends has the path of an explanation', () => {
  const paths = subjects(schemas).flatMap((subject) => pathsOf(schemas, subject, subject.name));
  const explained = new Set(paths.map((path) => fieldPathOf(schemas, path)));
  expect(fieldPaths.filter((field) => !explained.has(field))).toEqual([]);
});

test('a field is told with its type, default, values and examples, by what refers to a schema and not by that', () => {
  expect(explain('container.resources.shm')).toMatchObject({
    path: 'container.resources.shm',
    type: 'a size with its unit',
    description: 'Size of /dev/shm, in bytes with a unit.',
    default: '64Mi',
    examples: ['256Mi'],
    keys: [],
    required: false,
  });
  expect(explain('container.logging.driver')).toMatchObject({ type: 'file, none', values: ['file', 'none'] });
  expect(explain('container.security.seccomp').values).toEqual(['default', 'unconfined']);
  expect(explain('container.terminal.rows')).toMatchObject({ minimum: 1, maximum: 65535 });
});

test('a list is told with its items, and the keys of these stand below it', () => {
  const { type, keys } = explain('container.mounts');
  expect(type).toBe('a list, each a map');
  expect(keys.find(({ name }) => name === 'target')).toMatchObject({ required: true });
  for (const path of ['container.mounts.target', 'container.mounts[].target', 'Container.mounts[0].target'])
    expect(explain(path).path).toBe('container.mounts[].target');
});

test('the keys of a map may be the user’s own', () => {
  expect(explain('container.environment.HOME')).toMatchObject({ type: 'text, or null' });
  expect(explain('container.network.hosts.database').type).toBe('an IPv4 or IPv6 address');
});

test('a Job has the keys of both of its forms, and requires what both require', () => {
  const { keys } = explain('job');
  const required = keys.filter((key) => key.required).map(({ name }) => name);
  expect(keys.map(({ name }) => name)).toEqual(expect.arrayContaining(['steps', 'process', 'image']));
  expect(required).toEqual(['apiVersion', 'kind', 'metadata']);
});

test('what begins with no kind is a field of a container, and a request is that of its operation', () => {
  expect(explain('resources.memory').path).toBe('container.resources.memory');
  expect(explain('stop').keys.map(({ name }) => name)).toContain('timeout');
  expect(fieldPathOf(schemas, 'stop.timeout')).toBeUndefined();
  expect(fieldPathOf(schemas, 'volume.size')).toBeUndefined();
});

test.each([
  ['contaner', 'container'],
  ['container.netwrk', 'container.network'],
  ['container.network.prots', 'container.network.ports'],
  ['network.ports', 'container.network.ports or job.network.ports'],
  ['container.memory', 'container.resources.memory'],
  ['image-lod', 'image-load'],
  ['stop.timout', 'stop.timeout'],
])('of "%s" it says that "%s" is near', (path, near) => {
  expect(() => findPath(schemas, path)).toThrow(`nothing is called "${path}"; did you mean ${near}`);
});

test('of what is near to nothing it says what to look at', () => {
  expect(() => findPath(schemas, 'container.xyzzy')).toThrow(
    expect.objectContaining({ code: 'SC_NOT_FOUND', hint: 'sc explain container' }),
  );
  expect(() => findPath(schemas, '')).toThrow('nothing is called ""');
});
