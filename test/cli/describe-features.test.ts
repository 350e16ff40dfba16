import { expect, test } from 'vitest';
import { describeFeatures, describePortability } from '../../src/cli/describe-features.ts';
import type { FeaturesResult } from '../../src/schema/operations/features.ts';

const features: FeaturesResult = {
  backend: 'some',
  installed: true,
  fields: {
    'process.args': { support: 'all', since: 'some 1.2' },
    'network.mode': {
      support: 'some',
      values: ['none', 'host'],
      beginnings: ['container:'],
      reason: 'so it is',
    },
    'network.ports': { support: 'none', reason: 'there are none' },
    'resources.memory': { support: 'all' },
  },
  operations: {
    exec: { support: 'all' },
    pause: { support: 'none', reason: 'they go on' },
    commit: { support: 'some', reason: 'they go on' },
  },
  lacking: [{ path: 'resources.memory', reason: 'no group limits it' }],
};

function line(text: string, field: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.startsWith(`${field} `))
    ?.replace(/ {2,}/g, ' | ');
}

test('features are said by field: the values, what they take, and why there are no others', () => {
  const text = describeFeatures(features);
  expect(line(text, 'process.args')).toBe('process.args | all (some 1.2)');
  expect(line(text, 'network.mode')).toBe('network.mode | "none", "host", "container:..." | so it is');
  expect(line(text, 'network.ports')).toBe('network.ports | no | there are none');
  expect(line(text, 'resources.memory')).toBe('resources.memory | not on this host | no group limits it');
});

test('what can be done with its containers is said by operation', () => {
  const text = describeFeatures(features);
  expect(line(text, 'exec')).toBe('exec | yes');
  expect(line(text, 'pause')).toBe('pause | no | they go on');
  expect(line(text, 'commit')).toBe('commit | in part | they go on');
});

test('what a backend declares is said of one that is not installed too', () => {
  expect(describeFeatures({ ...features, installed: false })).toMatch(
    /^some is not installed: this is what it declares\.\n\nFIELD/,
  );
});

test('a matrix has a column for each backend, whether it is installed, and the reasons below', () => {
  const refused = {
    path: 'tty',
    line: 6,
    column: 3,
    found: 'true',
    reason: 'it has none',
    expected: 'false',
  };
  const text = describePortability({
    file: 'a.yaml',
    backends: [
      { backend: 'one', installed: true },
      { backend: 'other', installed: false },
    ],
    documents: [
      {
        kind: 'Job',
        name: 'hello',
        backends: [
          { backend: 'one', runs: true, refused: [] },
          { backend: 'other', runs: false, refused: [refused] },
        ],
      },
    ],
  });
  expect(text.split('\n')).toEqual([
    '           one        other',
    '           installed  not installed',
    'Job hello  yes        no (1)',
    '',
    'a.yaml:6:3: other: Job hello: tty: true: it has none; expected false',
  ]);
});
