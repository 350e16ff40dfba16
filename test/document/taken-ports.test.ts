import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesOf } from '../../src/document/checks/names.ts';
import { takenPortChecks } from '../../src/document/checks/taken-ports.ts';

interface Container {
  ports: string[];
  replicas?: number;
  kind?: string;
  dependsOn?: string[];
  mode?: string;
  file?: string;
}

/** What is said of each, as `0: network.ports[0]: ...`; they are named `c0`, `c1` and so on. */
function saidOf(...containers: Container[]): string[] {
  const documents = containers.map(({ kind = 'Container', ports, mode, file, ...more }, index) => ({
    value: { kind, metadata: { name: `c${index}` }, network: { mode: mode ?? 'bridge', ports }, ...more },
    file: file ?? 'a.yaml',
  }));
  const names = namesOf(documents);
  return documents.flatMap(({ value }, index) =>
    takenPortChecks
      .flatMap(({ run }) => run(value, names))
      .map(({ path, message }) => `${index}: ${path}: ${message}`),
  );
}

describe('two containers', () => {
  test.each([
    ['5000:80', '5000:81', 5000],
    [':80', '80:1', 80],
    ['5000:80', '127.0.0.1:5000:80', 5000],
    ['5000:80', '[::1]:5000:80', 5000],
    ['0.0.0.0:5000:80', '127.0.0.1:5000:80', 5000],
    ['[::]:5000:80', '[2001:db8::1]:5000:80', 5000],
    ['[2001:db8::1]:5000:80', '[2001:db8:0::1]:5000:80', 5000],
    ['5000-5010:80-90', '5005:80', 5005],
    ['5000-5010:80-90', '5010-5020:80-90', 5010],
    ['5000-5000:80', '5000:80', 5000],
  ])('"%s" and "%s" want the same port', (one, other, port) => {
    const [first, second] = [{ ports: [one] }, { ports: [other] }];
    expect(saidOf(first, second)).toEqual([
      `0: network.ports[0]: document 2 takes port ${port}/tcp too`,
      `1: network.ports[0]: document 1 takes port ${port}/tcp too`,
    ]);
    expect(saidOf(second, first)).toHaveLength(2);
  });

  test.each([
    ['5000:80', '5000:80/udp'],
    ['5000:80', '5001:80'],
    ['80', '80'],
    ['127.0.0.1::80', '127.0.0.1::80'],
    ['127.0.0.1:5000:80', '127.0.0.2:5000:80'],
    ['0.0.0.0:5000:80', '[::]:5000:80'],
    ['127.0.0.1:5000:80', '[::1]:5000:80'],
    ['5000-5010:80-90', '5011:80'],
    ['5000-5001:80', '5000:80'],
    ['5000-5001:80', '5000-5001:80'],
    ['5000:80', 'no port'],
  ])('"%s" and "%s" are in nobody\'s way', (one, other) => {
    expect(saidOf({ ports: [one] }, { ports: [other] })).toEqual([]);
  });

  test('of two files are told of one another with the file', () => {
    expect(saidOf({ ports: ['1:1'] }, { ports: ['2:1', '1:1'], file: 'b.yaml' })).toEqual([
      '0: network.ports[0]: document 1 of b.yaml takes port 1/tcp too',
      '1: network.ports[1]: document 1 of a.yaml takes port 1/tcp too',
    ]);
  });

  test("of which one has no network of its own, or no replica, are in nobody's way", () => {
    for (const none of [{ mode: 'host' }, { mode: 'none' }, { mode: 'container:x' }, { replicas: 0 }])
      expect(saidOf({ ports: ['1:1'] }, { ports: ['1:1'], ...none })).toEqual([]);
  });
});

test('one container takes no port twice, at whatever address', () => {
  expect(saidOf({ ports: ['5000:80', '127.0.0.1:5000:81', '5000:80/udp'] })).toEqual([
    '0: network.ports[1]: port 5000/tcp is taken twice',
  ]);
});

test('each replica would take a port that is one, and of a range each takes one', () => {
  expect(saidOf({ ports: ['80', '5000:80'], replicas: 2 })).toEqual([
    '0: network.ports[1]: each of 2 containers takes port 5000/tcp',
  ]);
  expect(saidOf({ ports: ['5000:80'], replicas: 1 })).toEqual([]);
  expect(saidOf({ ports: ['5000-5001:80'], replicas: 2 })).toEqual([]);
  expect(saidOf({ ports: ['5000-5001:80'], replicas: 3 })).toEqual([
    '0: network.ports[0]: ports 5000-5001/tcp are too few: 3 containers take one each',
  ]);
});

test('what waits for a Job to be completed may take its port, and nobody else', () => {
  const [job, after] = [
    { kind: 'Job', ports: ['1:1'] },
    { ports: ['1:1'], dependsOn: ['c1'] },
  ];
  expect(saidOf(job, { ports: [], dependsOn: ['c0'] }, after)).toEqual([]);
  expect(saidOf(job, { ports: [] }, after)).toHaveLength(2);
  expect(saidOf({ ports: ['1:1'] }, { ...job, dependsOn: ['c0'] })).toHaveLength(2);
});

test('ranges are too few exactly where not all can have a port at once', () => {
  const port = fc.integer({ min: 1, max: 6 });
  const range = fc.record({
    first: port,
    size: fc.integer({ min: 1, max: 3 }),
    replicas: fc.constantFrom(1, 2),
  });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 5 }), (ranges) => {
      const several = ranges.map(({ size, ...one }) => ({ ...one, last: one.first + size }));
      const containers = several.map(({ first, last, replicas }) => ({
        ports: [`${first}-${last}:80`],
        replicas,
      }));
      expect(saidOf(...containers).length === 0).toBe(canAllHaveOne(several));
    }),
  );
});

/** Ways that make room lead from who has none to a port that nobody has (Kuhn's matching). */
function canAllHaveOne(ranges: readonly { first: number; last: number; replicas: number }[]): boolean {
  const wanting = ranges.flatMap(({ replicas, ...range }) => Array.from({ length: replicas }, () => range));
  const holders = new Map<number, number>();
  const give = (index: number, tried: Set<number>): boolean => {
    const { first = 0, last = 0 } = wanting[index] ?? {};
    for (let port = first; port <= last; port++) {
      if (tried.has(port)) continue;
      tried.add(port);
      const holder = holders.get(port);
      if (holder !== undefined && !give(holder, tried)) continue;
      holders.set(port, index);
      return true;
    }
    return false;
  };
  return wanting.every((_, index) => give(index, new Set()));
}
